import { writeDatagramHeader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { ALL_METRICS } from '../metric-switches';
import { DatagramReceiver } from './datagram-receiver';
import { StreamMeter } from './stream-meter';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronised: false });

const setUp = (wall: WallMap | undefined = WALL, counters64Bit = true) => {
  const meter = new StreamMeter('up', true, ALL_METRICS);
  return { meter, receiver: new DatagramReceiver(meter, wall, counters64Bit) };
};

const datagram = (number: number, seconds = 1_700_000_001, subseconds = 0): Uint8Array => {
  const bytes = new Uint8Array(100);
  writeDatagramHeader(bytes, true, { seconds, subseconds, number });
  return bytes;
};

const receiveAll = (numbers: readonly number[]) => {
  const { meter, receiver } = setUp();
  for (const number of numbers) expect(receiver.receive(datagram(number), instant(2e9))).toBe(true);
  const { messages, bytes, duplicates, reordered } = meter.figures(1, instant(2e9));
  return { iperf3: receiver.iperf3Count(), messages, bytes, duplicates, reordered };
};

describe('DatagramReceiver', () => {
  it.each([
    ['all in order', [1, 2, 3], { errors: 0, packets: 3 }, { messages: 3, duplicates: 0, reordered: 0 }],
    // 1, then 4: two are missing. Nobody can know of those behind the last.
    ['a gap', [1, 4], { errors: 2, packets: 4 }, { messages: 2, duplicates: 0, reordered: 0 }],
    ['a gap at the head', [3], { errors: 2, packets: 3 }, { messages: 1, duplicates: 0, reordered: 0 }],
    ['an overtaken one', [1, 3, 2], { errors: 0, packets: 3 }, { messages: 3, duplicates: 0, reordered: 1 }],
    // iperf3 takes the second 1 for an overtaken one and forgives the missing 2; the exact count does not.
    ['a duplicate', [1, 3, 1], { errors: 0, packets: 3 }, { messages: 2, duplicates: 1, reordered: 0 }],
    ['a duplicate and no loss', [1, 1, 2], { errors: 0, packets: 2 }, { messages: 2, duplicates: 1, reordered: 0 }],
    // After 5: 2 missing (3, 4); 4 comes: 1; 4 again: 0; 3 comes: stays 0.
    ['both', [1, 2, 5, 4, 4, 3], { errors: 0, packets: 5 }, { messages: 5, duplicates: 1, reordered: 2 }],
  ])('counts %s', (_, numbers, iperf3, exact) => {
    expect(receiveAll(numbers)).toStrictEqual({ iperf3, bytes: exact.messages * 100, ...exact });
  });

  it('counts every different number once, and its bytes, for every order and duplication', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (numbers) => {
        const different = new Set(numbers).size;
        expect(receiveAll(numbers)).toMatchObject({
          messages: different,
          bytes: different * 100,
          duplicates: numbers.length - different,
        });
      }),
    );
  });

  it('reads nanoseconds of wall time between Pathgauges', () => {
    const { meter, receiver } = setUp();
    receiver.receive(datagram(1, 1_700_000_001, 999_999_999), instant(2e9 + 4));
    expect(meter.figures(1, instant(3e9)).transit).toMatchObject({ minNs: 5 });
  });

  it('reads microseconds of another clock from plain iperf3: good for jitter', () => {
    const meter = new StreamMeter('up', true, ALL_METRICS);
    const receiver = new DatagramReceiver(meter, undefined, true);
    receiver.receive(datagram(1, 50, 100), instant(2e9));
    // Sent 100 us later, arrived 132 us later: 32 000 ns / 16.
    receiver.receive(datagram(2, 50, 200), instant(2e9 + 132_000));
    expect(meter.figures(1, instant(3e9)).jitterNs).toBe(2000);
  });

  it('reads 32-bit numbers where those were agreed on', () => {
    const { meter, receiver } = setUp(undefined, false);
    // 1700000.123456 s, packet 1.
    const bytes = Uint8Array.from(Buffer.from('0019f0a00001e24000000001', 'hex'));
    expect(receiver.receive(bytes, instant(2e9))).toBe(true);
    expect(meter.figures(1, instant(3e9))).toMatchObject({ messages: 1, bytes: 12 });
    expect(receiver.iperf3Count()).toStrictEqual({ errors: 0, packets: 1 });
  });

  it('takes nothing that is no datagram of a stream', () => {
    const { meter, receiver } = setUp();
    expect(receiver.receive(datagram(1).subarray(0, 15), instant(2e9))).toBe(false);
    expect(receiver.receive(datagram(0), instant(2e9))).toBe(false);
    expect(meter.figures(1, instant(3e9))).toMatchObject({ messages: 0, bytes: 0 });
  });
});
