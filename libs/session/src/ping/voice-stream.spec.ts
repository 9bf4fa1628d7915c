import { intervalsOf, type LedgerCounts } from '@pathgauge/metrics';
import type { Distribution, OneWayDelay, PingSettings } from '@pathgauge/result';
import { voiceQuality } from './voice-stream';

const SETTINGS: PingSettings = {
  lengthBytes: 200,
  intervalNs: 20e6,
  count: 100,
  durationNs: undefined,
  timeoutNs: 2e9,
  dscp: undefined,
  dontFragment: false,
  schedule: { kind: 'even', burst: 1 },
};

const COUNTS: LedgerCounts = {
  sent: 100,
  received: 100,
  lost: 0,
  outstanding: 0,
  late: 0,
  duplicates: 0,
  reordered: 0,
  extent: undefined,
  lostUp: 0,
  lostDown: 0,
  lostUpRange: undefined,
  lostDownRange: undefined,
  duplicatesUp: 0,
  duplicatesDown: 0,
  lossBursts: { count: 0, longest: 0, lengths: {} },
};

/** All that matters here is the mean. */
const delayOf = (meanMs: number): Distribution => ({
  count: 100,
  minNs: 0,
  meanNs: meanMs * 1e6,
  stddevNs: 0,
  medianNs: 0,
  p90Ns: 0,
  p95Ns: 0,
  p99Ns: 0,
  p999Ns: undefined,
  maxNs: 0,
});

const owdOf = (upMs: number, downMs: number, low = 0, high = 0): OneWayDelay => ({
  basis: 'bounds',
  up: delayOf(upMs),
  down: delayOf(downMs),
  uncertaintyNs: { low: low * 1e6, high: high * 1e6 },
  intervalNs: intervalsOf({ low: low * 1e6, high: high * 1e6 }),
  clock: {
    offsetNs: 0,
    offsetLowNs: 0,
    offsetHighNs: 0,
    skewPpm: undefined,
    skewLowPpm: undefined,
    skewHighPpm: undefined,
    steps: 0,
  },
});

const quality = (counts: Partial<LedgerCounts> = {}, owd: OneWayDelay | undefined = owdOf(10, 20)) =>
  voiceQuality(SETTINGS, { ...COUNTS, ...counts }, owd);

describe('voiceQuality', () => {
  it('is the best there is on a short path without loss', () => {
    const estimate = quality();
    // MOS of 93.2: 1 + 3.262 + 93.2 * 33.2 * 6.8 * 7e-6 = 4.4093.
    for (const way of [estimate?.up, estimate?.down]) {
      expect(way?.rFactor).toBe(93.2);
      expect(way?.mos).toBeCloseTo(4.4093, 4);
    }
    expect(estimate?.assumptions).toContain('G.711');
  });

  it('charges each direction its own delay and loss', () => {
    // Up 150 ms and 1 % random loss: G.107 gives 3.83. Down neither.
    const one = { lost: 1, received: 99, lostUp: 1, lossBursts: { count: 1, longest: 1, lengths: { 1: 1 } } };
    const estimate = quality(one, owdOf(150, 20));
    expect(estimate?.up?.mos).toBeCloseTo(3.83, 2);
    expect(estimate?.down?.rFactor).toBe(93.2);
  });

  it('charges late probes to both directions', () => {
    // 5 %: 95 * 5 / (5 + 4.3) = 51.08. Five runs of one in a hundred: no longer than random ones.
    const estimate = quality({
      lost: 5,
      received: 95,
      late: 5,
      lossBursts: { count: 5, longest: 1, lengths: { 1: 5 } },
    });
    expect([estimate?.up?.rFactor, estimate?.down?.rFactor].map((r) => r?.toFixed(2))).toStrictEqual([
      '42.12',
      '42.12',
    ]);
  });

  it('charges bursts more than random loss', () => {
    // Five in one run: BurstR = 5 (1 - 0.05) = 4.75. 95 * 5 / (5 / 4.75 + 4.3) = 88.74.
    const burst = { lost: 5, received: 95, lostUp: 5, lossBursts: { count: 1, longest: 5, lengths: { 5: 1 } } };
    expect(quality(burst)?.up?.rFactor).toBeCloseTo(93.2 - 88.7377, 2);
  });

  it('has the score at either end of the interval', () => {
    // Up in [150 - 50, 150 + 50], down in [150 - 50, 150 + 50] the other way round: Idd(100) = 0, Idd(200) = 3.0444.
    const wide = quality({}, owdOf(150, 150, -50, 50));
    const skewed = quality({}, owdOf(100, 200, 0, 100));
    const mosOf = (idd: number): number => {
      const r = 93.2 - idd;
      return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
    };
    for (const way of [wide?.up, wide?.down, skewed?.up, skewed?.down]) {
      expect(way?.mosHigh).toBeCloseTo(mosOf(0), 4);
      expect(way?.mosLow).toBeCloseTo(mosOf(3.0444), 4);
    }
    expect(skewed?.up?.mos).toBe(skewed?.up?.mosHigh);
    expect(skewed?.down?.mos).toBe(skewed?.down?.mosLow);
  });

  it('leaves out the direction whose loss is not known', () => {
    expect(quality({ lostUp: undefined })).toMatchObject({ up: undefined, down: { rFactor: 93.2 } });
    expect(quality({ lostUp: undefined, lostDown: undefined })).toBeUndefined();
  });

  it('leaves out the direction whose delay is not known', () => {
    expect(quality({}, { ...owdOf(10, 20), down: undefined })).toMatchObject({
      up: { rFactor: 93.2 },
      down: undefined,
    });
    expect(voiceQuality(SETTINGS, COUNTS, undefined)).toBeUndefined();
  });

  it.each<[boolean, string, Partial<PingSettings>, Partial<LedgerCounts>]>([
    [true, '10 ms', { intervalNs: 10e6 }, {}],
    [true, '60 ms', { intervalNs: 60e6 }, {}],
    [false, 'just less than 10 ms', { intervalNs: 10e6 - 1 }, {}],
    [false, 'just more than 60 ms', { intervalNs: 60e6 + 1 }, {}],
    [false, 'as fast as replies come', { intervalNs: 0 }, {}],
    [true, '400 bytes', { lengthBytes: 400 }, {}],
    [false, '401 bytes', { lengthBytes: 401 }, {}],
    [true, '50 probes', {}, { sent: 50, received: 50 }],
    [false, '49 probes', {}, { sent: 49, received: 49 }],
    [false, 'no probes', {}, { sent: 0, received: 0 }],
  ])('is estimated: %p, for a stream of %s', (estimated, _, settings, counts) => {
    const owd = owdOf(10, 20);
    expect(voiceQuality({ ...SETTINGS, ...settings }, { ...COUNTS, ...counts }, owd) !== undefined).toBe(estimated);
  });
});
