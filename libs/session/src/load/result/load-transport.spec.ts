import { VirtualClock, VirtualTime } from '@pathgauge/testing';
import { outcomeOf } from '../../../test/stream-outcomes';
import { loadTransportUse } from './load-transport';

const TRANSPORT = { kind: 'portable', note: undefined, clock: new VirtualClock(new VirtualTime()) } as const;

describe('loadTransportUse', () => {
  it('tells what carried the load, as far as it is known', () => {
    expect(loadTransportUse(TRANSPORT, undefined, [])).toMatchObject({
      kind: 'portable',
      sendTimestamps: 'user',
      receiveTimestamps: 'user',
      offloads: [],
      receiveBufferBytes: undefined,
      clockSteps: undefined,
    });
    const carrier = { receiveTimestamps: 'kernel', receiveBufferBytes: 4096 } as const;
    const streams = [
      { ...outcomeOf(1, 10), offloads: ['udp-gso'] as const, clockSteps: 1 },
      { ...outcomeOf(2, 10), offloads: ['udp-gso', 'udp-gro'] as const, clockSteps: 2 },
    ];
    expect(loadTransportUse(TRANSPORT, carrier, streams)).toMatchObject({
      receiveTimestamps: 'kernel',
      offloads: ['udp-gso', 'udp-gro'],
      receiveBufferBytes: 4096,
      clockSteps: 2,
    });
  });
});
