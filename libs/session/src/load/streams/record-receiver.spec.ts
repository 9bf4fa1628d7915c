import { RECORD_HEADER, writeRecordHeader } from '@pathgauge/protocol';
import { instant, WallMap } from '@pathgauge/units';
import fc from 'fast-check';
import { ALL_METRICS } from '../../metric-switches';
import { ReceivedMeter } from './received-meter';
import { RecordReceiver } from './record-receiver';

const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });

const setUp = (length = 100) => {
  const meter = new ReceivedMeter('up', true, ALL_METRICS);
  return { meter, receiver: new RecordReceiver(meter, WALL, length) };
};

/** Records of these lengths, sent a second after one another. */
function stream(lengths: readonly number[], last = true): Uint8Array {
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let offset = 0;
  lengths.forEach((length, sequence) => {
    const sent = { seconds: 1_700_000_000 + sequence, nanoseconds: 500 };
    writeRecordHeader(bytes, offset, {
      length,
      last: last && sequence === lengths.length - 1,
      isOmitted: false,
      sequence,
      sent,
    });
    offset += length;
  });
  return bytes;
}

describe('RecordReceiver', () => {
  it('measures each record when its last byte has come', () => {
    const { meter, receiver } = setUp();
    const bytes = stream([100, 50]);
    receiver.receive(bytes.subarray(0, 99), instant(2e9));
    expect(meter.figures(1, instant(2e9))).toMatchObject({ bytes: 99, messages: 0 });
    receiver.receive(bytes.subarray(99, 149), instant(3e9));
    expect(meter.figures(1, instant(3e9))).toMatchObject({ bytes: 149, messages: 1, transit: { minNs: 3e9 - 500 } });
    expect(receiver.isComplete).toBe(false);
    receiver.receive(bytes.subarray(149), instant(4e9));
    // The second record left at 1 s + 500 ns.
    expect(meter.figures(1, instant(4e9))).toMatchObject({
      bytes: 150,
      messages: 2,
      transit: { count: 2, maxNs: 3e9 - 500 },
    });
    expect(receiver.isComplete).toBe(true);
  });

  it('counts the same however the stream is cut', () => {
    const lengths = fc.array(fc.integer({ min: RECORD_HEADER.size, max: 80 }), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(800)), (all, places) => {
        const bytes = stream(all);
        const ends = [...new Set([...places.map((place) => place % bytes.length), bytes.length])].sort((a, b) => a - b);
        const { meter, receiver } = setUp();
        ends.forEach((end, i) => {
          expect(receiver.receive(bytes.subarray(ends[i - 1] ?? 0, end), instant(2e9 + i))).toBeUndefined();
        });
        const { bytes: counted, messages } = meter.figures(1, instant(9e9));
        expect({ counted, messages, complete: receiver.isComplete }).toStrictEqual({
          counted: bytes.length,
          messages: all.length,
          complete: true,
        });
      }),
    );
  });

  it('is not complete without the mark of the last record', () => {
    const { receiver } = setUp();
    receiver.receive(stream([20, 20], false), instant(2e9));
    expect(receiver.isComplete).toBe(false);
  });

  it.each([
    ['length', [0, 0, 0, 19]],
    ['length', [0xff, 0xff, 0xff, 0xff]],
    ['type', [0, 0, 0, 20, 2]],
  ])('says that the %s is wrong', (fault, begin) => {
    const bytes = new Uint8Array(20);
    bytes.set(begin);
    expect(setUp().receiver.receive(bytes, instant(2e9))).toBe(fault);
  });
});

describe('records of the omitted beginning', () => {
  /** `omitted` marked records of 50 bytes, then records of these lengths. */
  function omitting(omitted: number, lengths: readonly number[]) {
    const bytes = new Uint8Array(omitted * 50 + lengths.reduce((sum, length) => sum + length, 0));
    for (let i = 0; i < omitted; i++) {
      const sent = { seconds: 1_700_000_000, nanoseconds: 0 };
      writeRecordHeader(bytes, i * 50, { length: 50, last: false, isOmitted: true, sequence: i, sent });
    }
    bytes.set(stream(lengths), omitted * 50);
    const meter = new ReceivedMeter('up', true, ALL_METRICS);
    const onCounted = jest.fn();
    return { bytes, meter, onCounted, receiver: new RecordReceiver(meter, WALL, 50, onCounted) };
  }

  it('count in nothing: the load begins with the first that has no mark, once its header is here', () => {
    const { bytes, meter, onCounted, receiver } = omitting(2, [60]);
    receiver.receive(bytes.subarray(0, 119), instant(2e9));
    expect([receiver.isOmitting, meter.bytes, onCounted.mock.calls]).toStrictEqual([true, 0, []]);
    receiver.receive(bytes.subarray(119, 120), instant(3e9));
    expect([receiver.isOmitting, meter.bytes, onCounted.mock.calls]).toStrictEqual([false, 20, [[3e9]]]);
    receiver.skip(40, instant(4e9));
    expect(meter.figures(1)).toMatchObject({ bytes: 60, messages: 1, durationNs: 1e9 });
    expect(receiver.isComplete).toBe(true);
  });

  it('count in nothing however the stream is cut', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 20 });
    const lengths = fc.array(fc.integer({ min: RECORD_HEADER.size, max: 80 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.nat(4), lengths, sizes, (omitted, counted, cuts) => {
        const { bytes, meter, onCounted, receiver } = omitting(omitted, counted);
        for (let next = 0, i = 0; next < bytes.length; next += cuts[i++ % cuts.length] as number)
          receiver.receive(bytes.subarray(next, next + (cuts[i % cuts.length] as number)), instant(2e9));
        expect(meter.figures(1)).toMatchObject({
          bytes: counted.reduce((sum, length) => sum + length, 0),
          messages: counted.length,
        });
        expect([receiver.isComplete, onCounted.mock.calls.length]).toStrictEqual([true, 1]);
      }),
    );
  });

  it('end a stream, too, when it is stopped before they are over', () => {
    const { bytes, meter, receiver } = omitting(2, []);
    (bytes as Uint8Array)[50 + 5] = 3;
    receiver.receive(bytes, instant(2e9));
    expect([receiver.isComplete, meter.bytes]).toStrictEqual([true, 0]);
  });
});
