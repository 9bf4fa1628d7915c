import { writeDatagramHeader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import { ALL_METRICS } from '../../metric-switches';
import { DatagramReceiver } from './datagram-receiver';
import { ReceivedMeter } from './received-meter';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });
const NONE_OMITTED = { omittedErrors: 0, omittedPackets: 0 };

const setUp = (more: { readonly onCounted?: () => void; readonly lastNumber?: number } = {}) => {
  const meter = new ReceivedMeter('up', true, ALL_METRICS);
  const options = { wall: WALL, counters64Bit: true, onCounted: undefined, lastNumber: undefined, ...more };
  return { meter, receiver: new DatagramReceiver(meter, options) };
};

const datagram = (number: number): Uint8Array => {
  const bytes = new Uint8Array(100);
  writeDatagramHeader(bytes, 0, true, { seconds: 1_700_000_001, subseconds: 0, number, isOmitted: false });
  return bytes;
};

describe('what is omitted', () => {
  const marked = (number: number): Uint8Array => {
    const bytes = datagram(number);
    (bytes as Uint8Array)[8] = 0x80;
    return bytes;
  };

  it('counts in nothing where it is marked, also when it comes late', () => {
    const onCounted = jest.fn();
    const { meter, receiver } = setUp({ onCounted });
    for (const number of [1, 2, 5]) receiver.receive(marked(number), 100, instant(2e9));
    expect([receiver.isOmitting, meter.bytes, onCounted.mock.calls]).toStrictEqual([true, 0, []]);
    receiver.receive(datagram(1), 100, instant(3e9));
    receiver.receive(marked(4), 100, instant(4e9));
    receiver.receive(datagram(2), 100, instant(5e9));
    expect([receiver.isOmitting, onCounted.mock.calls]).toStrictEqual([false, [[3e9]]]);
    expect(meter.figures(1)).toMatchObject({ bytes: 200, messages: 2, expected: 2, duplicates: 0 });
    expect(receiver.iperf3Count()).toStrictEqual({ errors: 0, packets: 2, ...NONE_OMITTED });
  });

  it('begins within what the system has put together', () => {
    const { meter, receiver } = setUp({ onCounted: () => {} });
    const together = Uint8Array.of(...marked(1), ...marked(2), ...datagram(1), ...datagram(2));
    receiver.receive(together, 100, instant(2e9));
    expect(meter.figures(1)).toMatchObject({ bytes: 200, messages: 2, expected: 2 });
  });

  it('is left out by time where numbers go on: from there on they count anew, and what comes late in nothing', () => {
    const { meter, receiver } = setUp();
    // Two of the first four are lost.
    for (const number of [1, 4]) receiver.receive(datagram(number), 100, instant(2e9));
    receiver.restart();
    for (const number of [3, 5, 7]) receiver.receive(datagram(number), 100, instant(3e9));
    expect(meter.figures(1)).toMatchObject({ bytes: 200, messages: 2, expected: 3 });
    // iperf3 forgives one for the late 3, and misses 6.
    expect(receiver.iperf3Count()).toStrictEqual({ errors: 2, packets: 7, omittedErrors: 2, omittedPackets: 4 });
  });

  it('may be a part of what comes together', () => {
    const { meter, receiver } = setUp();
    for (const number of [1, 2, 3]) receiver.receive(datagram(number), 100, instant(2e9));
    receiver.restart();
    const together = Uint8Array.of(...datagram(2), ...datagram(3), ...datagram(4), ...datagram(5));
    receiver.receive(together, 100, instant(3e9));
    expect(meter.figures(1)).toMatchObject({ bytes: 200, messages: 2, expected: 2, duplicates: 0 });
  });
});

describe('the end of an amount', () => {
  it('is its last number, whatever came before', () => {
    const { receiver } = setUp({ lastNumber: 3 });
    for (const [number, expected] of [
      [1, false],
      [2, false],
      [3, true],
    ] as const) {
      receiver.receive(datagram(number), 100, instant(2e9));
      expect(receiver.isComplete).toBe(expected);
    }
  });

  it('is never known where there is none', () => {
    const { receiver } = setUp();
    receiver.receive(datagram(9), 100, instant(2e9));
    expect(receiver.isComplete).toBe(false);
  });
});
