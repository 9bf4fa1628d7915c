import { describeIcmp } from '../../test/icmp-contract';
import { describeHere } from '../../test/linux/altered-native';
import { describeRefusals } from '../../test/refusal-contract';
import { describeTransport } from '../../test/transport-contract';
import { portableTransport } from '../portable/portable-transport';
import type { StreamSocket, Transport } from '../transport';
import { probeStamps } from './stamp-support';
import type { Native } from './system-calls';
import { threadTransport } from './thread-transport';

/** The sockets of a thread, turned by the event loop of the tests. */
function turnedTransport(native: Native): Transport {
  const thread = threadTransport(native, { originSeconds: 0, stamps: probeStamps(native), spinNs: 0 });
  const portable = portableTransport();
  let turning: NodeJS.Immediate;
  const turn = (): void => {
    thread.poller.turn(0);
    // Not let go of: where only such immediates are left, Node waits for something else to happen before it calls them.
    turning = setImmediate(turn);
  };
  beforeAll(turn);
  afterAll(() => clearImmediate(turning));
  const taken = (stream: StreamSocket): StreamSocket =>
    thread.takeOverStream(native.calls.dup(stream.descriptor() as number));
  return {
    ...thread,
    threads: undefined,
    ownAddressTowards: async (peer) => thread.ownAddressTowards(peer),
    connectDatagrams: async (peer, options) => thread.connectDatagrams(peer, options),
    bindDatagrams: async (options) => thread.bindDatagrams(options),
    connectStream: async (peer, options) => {
      return taken(await portable.connectStream(peer, options));
    },
    listen: (options, onConnection) => portable.listen(options, (stream) => onConnection(taken(stream))),
    hasDescriptors: portable.hasDescriptors,
  };
}

describeHere('in a thread', (native) => {
  describeTransport('linux', () => turnedTransport(native));
  describeRefusals('linux', () => turnedTransport(native), true);
  describeIcmp('linux', () => turnedTransport(native), true);
});
