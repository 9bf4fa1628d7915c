import { instant, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { RateMeter, rateFrom } from './rate-meter';

type Arrival = readonly [bytes: number, messages: number, atNs: number];

const meterOf = (arrivals: readonly Arrival[]): RateMeter => {
  const meter = new RateMeter();
  for (const [bytes, messages, at] of arrivals) meter.record(bytes, messages, instant(at));
  return meter;
};

describe('RateMeter', () => {
  const load: readonly Arrival[] = [
    [1000, 1, 1e9],
    [2000, 2, 2e9],
    [2000, 1, 3e9],
  ];

  it.each([
    // 5000 bytes are 40 000 bits. First arrival at 1 s.
    ['to the last arrival', 3e9, 2e9, 20_000, 2],
    ['to the end of the load, after a stall', 5e9, 4e9, 10_000, 1],
    ['to the last arrival, the load having ended before', 2.5e9, 2e9, 20_000, 2],
    ['to the last arrival, the load having ended before the first', 0, 2e9, 20_000, 2],
  ])('counts %s', (_, end, durationNs, bitsPerSecond, messagesPerSecond) => {
    expect(meterOf(load).snapshot(instant(end))).toStrictEqual({
      bytes: 5000,
      durationNs,
      bitsPerSecond,
      messages: 4,
      messagesPerSecond,
    });
  });

  it('tells totals and the first and last arrival', () => {
    const { bytes, messages, first, last } = meterOf(load);
    expect({ bytes, messages, first, last }).toStrictEqual({ bytes: 5000, messages: 4, first: 1e9, last: 3e9 });
  });

  it('knows an arrival at instant 0 as the first', () => {
    const meter = meterOf([
      [500, 1, 0],
      [500, 1, 1e9],
    ]);
    expect(meter.first).toBe(0);
    expect(meter.snapshot(instant(1e9)).bitsPerSecond).toBe(8000);
  });

  it('has no message figures for a stream without boundaries', () => {
    const { messages, messagesPerSecond, bitsPerSecond } = meterOf(load).snapshot(instant(3e9), false);
    expect({ messages, messagesPerSecond, bitsPerSecond }).toStrictEqual({
      messages: undefined,
      messagesPerSecond: undefined,
      bitsPerSecond: 20_000,
    });
  });

  it.each([
    ['nothing came', [], 9e9, 0, 0],
    ['everything came at once', [[700, 1, 9e9] as const], 9e9, 700, 1],
  ])('has no rate when %s', (_, arrivals, end, bytes, messages) => {
    const meter = meterOf(arrivals);
    expect(meter.snapshot(instant(end))).toStrictEqual({
      bytes,
      durationNs: 0,
      bitsPerSecond: undefined,
      messages,
      messagesPerSecond: undefined,
    });
    expect(meter.first).toBe(arrivals.length === 0 ? undefined : end);
    expect(meter.last).toBe(arrivals.length === 0 ? undefined : end);
  });

  it('equals the quotient of the sums, wherever the clock began', () => {
    const arrival = fc.tuple(fc.nat(1e6), fc.nat(100), fc.nat(1e9));
    const origins = fc.integer({ min: -1e14, max: 1e14 });
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1 }), fc.nat(1e10), origins, (gaps, tail, origin) => {
        let at = origin;
        const arrivals = gaps.map(([bytes, messages, gap]): Arrival => [bytes, messages, (at += gap)]);
        const first = (arrivals[0] as Arrival)[2];
        const bytes = gaps.reduce((sum, [each]) => sum + each, 0);
        const messages = gaps.reduce((sum, [, each]) => sum + each, 0);
        const durationNs = at + tail - first;
        const rate = meterOf(arrivals).snapshot(instant(at + tail));
        expect(rate).toMatchObject({ bytes, messages, durationNs });
        if (durationNs === 0) return;
        expect(rate.bitsPerSecond).toBeCloseTo((bytes * 8) / (durationNs / 1e9), 0);
        expect(rate.messagesPerSecond).toBeCloseTo(messages / (durationNs / 1e9), 0);
      }),
    );
  });

  it('does not change a snapshot already taken', () => {
    const meter = meterOf(load);
    const before = meter.snapshot(instant(3e9));
    meter.record(9999, 9, instant(4e9));
    expect(before).toMatchObject({ bytes: 5000, messages: 4, durationNs: 2e9 });
  });
});

describe('rateFrom', () => {
  it.each([
    [1000, 10, seconds(2), 4000, 5],
    [1000, undefined, seconds(2), 4000, undefined],
    [0, 0, seconds(2), 0, 0],
    [1000, 10, span(0), undefined, undefined],
    [1000, 10, span(-1), undefined, undefined],
  ])('%d bytes, %p messages, %d ns', (bytes, messages, durationNs, bitsPerSecond, messagesPerSecond) => {
    expect(rateFrom(bytes, messages, durationNs)).toStrictEqual({
      bytes,
      durationNs,
      bitsPerSecond,
      messages,
      messagesPerSecond,
    });
  });
});
