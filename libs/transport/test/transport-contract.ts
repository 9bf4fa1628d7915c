import type { Transport } from '../src/index';
import { contractSockets } from './contract-sockets';
import { describeFailures } from './failure-contract';
import { describeNames } from './name-contract';
import { describeReceiving } from './receiving-contract';
import { describeSending } from './sending-contract';
import { describeSettings } from './setting-contract';
import { describeStreams } from './stream-contract';
import { describeTimers } from './timer-contract';

/** The tests that every transport must pass, over the loopback interface. For specs only. */
export function describeTransport(name: string, makeTransport: () => Transport): void {
  describe(`${name} transport`, () => {
    const sockets = contractSockets(makeTransport());
    describeReceiving(sockets);
    describeSending(sockets);
    describeStreams(sockets);
    describeSettings(sockets);
    describeFailures(sockets);
    describeNames(sockets);
    describeTimers(sockets);
  });
}
