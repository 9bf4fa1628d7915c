import { instant, type PeerInstant, seconds } from '@pathgauge/units';
import { ALL_METRICS } from '../../metric-switches';
import { ReceivedMeter } from './received-meter';
import { StreamProgress } from './stream-progress';

const sent = (ns: number): PeerInstant => ns as PeerInstant;

/** [number, sent, arrived], of 100 bytes each. */
type Message = readonly [sequence: number, sentNs: number, atNs: number];

const meterOf = (messages: readonly Message[], metrics = ALL_METRICS): ReceivedMeter => {
  const meter = new ReceivedMeter('up', true, metrics);
  for (const [sequence, sentNs, at] of messages) {
    if (meter.messages(sequence, 1, sent(sentNs), instant(at)) > 0) meter.arrived(100, instant(at));
  }
  return meter;
};

describe('ReceivedMeter', () => {
  // Transit times 100, 132, 100: differences 32 and 32, so jitter 32/16 = 2, then 2 + (32 - 2)/16 = 3.875.
  const three: readonly Message[] = [
    [0, 1e9, 1e9 + 100],
    [1, 2e9, 2e9 + 132],
    [3, 3e9, 3e9 + 100],
  ];

  it('tells what came, by hand', () => {
    const meter = meterOf([...three, [1, 2e9, 4e9], [2, 2.5e9, 4e9 + 1]]);
    // Number 2 comes last, with a transit of 1.5e9 + 1.
    expect(meter.figures(1)).toMatchObject({
      id: 1,
      bytes: 400,
      messages: 4,
      // From the first arrival to the last.
      durationNs: 3e9 + 1 - 100,
      duplicates: 1,
      reordered: 1,
      transit: { count: 4, minNs: 100, maxNs: 1.5e9 + 1 },
    });
    expect(meter.last).toBe(4e9 + 1);
  });

  it('computes jitter as RFC 3550 does', () => {
    expect(meterOf(three).figures(1).jitterNs).toBe(3.875);
    expect(meterOf(three.slice(0, 1)).figures(1).jitterNs).toBeUndefined();
  });

  it('counts a duplicate in nothing but duplicates', () => {
    const once = meterOf(three).figures(1);
    const twice = meterOf([...three, ...three, three[2] as Message]).figures(1);
    expect(twice).toStrictEqual({ ...once, duplicates: 4 });
  });

  it('has taken no time when nothing came', () => {
    expect(meterOf([]).figures(1)).toMatchObject({
      bytes: 0,
      messages: 0,
      durationNs: 0,
      transit: undefined,
    });
  });

  it('reports each interval for itself, and a late arrival takes one off a later loss', () => {
    const meter = meterOf(three);
    expect(meter.report({ startNs: 0, endNs: 2.5e9 })).toStrictEqual({
      interval: {
        startNs: 0,
        endNs: 2.5e9,
        stream: undefined,
        direction: 'up',
        measuredAt: 'receiver',
        bytes: 300,
        sentBytes: undefined,
        // 2400 bits in 2.5 s.
        bitsPerSecond: 960,
        messages: 3,
        lost: 1,
        jitterNs: 3.875,
        owdMeanNs: undefined,
        retransmits: undefined,
        rttNs: undefined,
        cwndBytes: undefined,
      },
      // (100 + 132 + 100) / 3.
      transitMeanNs: expect.closeTo(332 / 3, 6),
      transits: 3,
    });
    meter.messages(2, 1, sent(2.5e9), instant(3.6e9));
    meter.arrived(100, instant(3.6e9));
    expect(meter.report({ startNs: 2.5e9, endNs: 3.5e9 })).toMatchObject({
      interval: { startNs: 2.5e9, endNs: 3.5e9, bytes: 100, messages: 1, lost: -1 },
      transitMeanNs: 1.1e9,
    });
    expect(meter.report({ startNs: 3.5e9, endNs: 4.5e9 })).toMatchObject({
      interval: { bytes: 0, messages: 0, lost: 0 },
      transitMeanNs: undefined,
    });
  });

  it.each(['up', 'down'] as const)('leaves the offset in the mean transit time, %s', (direction) => {
    const meter = new ReceivedMeter(direction, true, ALL_METRICS);
    meter.messages(0, 1, sent(1e9), instant(1e9 + 100));
    // Each interval has a mean of its own: 100, then (50 + 80) / 2.
    expect(meter.report({ startNs: 0, endNs: 1e9 })).toMatchObject({ interval: { direction }, transitMeanNs: 100 });
    meter.messages(1, 1, sent(2e9), instant(2e9 + 50));
    meter.messages(2, 1, sent(3e9), instant(3e9 + 80));
    expect(meter.report({ startNs: 1e9, endNs: 2e9 }).transitMeanNs).toBe(65);
  });

  it('books messages that left together as many, with one delay each and once for the jitter; tells how many are new', () => {
    const meter = new ReceivedMeter('up', true, ALL_METRICS);
    expect(meter.messages(0, 3, sent(1e9), instant(1e9 + 100))).toBe(3);
    // Of 1 to 4, two came before.
    expect(meter.messages(1, 4, sent(2e9), instant(2e9 + 132))).toBe(2);
    expect(meter.messages(1, 4, sent(3e9), instant(3e9 + 900))).toBe(0);
    expect(meter.nextSequence).toBe(5);
    // One difference of 32: jitter 32 / 16.
    expect(meter.figures(1)).toMatchObject({
      messages: 5,
      duplicates: 6,
      expected: 5,
      jitterNs: 2,
      transit: { count: 5, minNs: 100, maxNs: 132 },
    });
    // (3 * 100 + 2 * 132) / 5.
    expect(meter.report({ startNs: 0, endNs: 4e9 }).transitMeanNs).toBeCloseTo(112.8, 6);
  });

  it('leaves out what is switched off', () => {
    const off = (name: keyof typeof ALL_METRICS) => {
      const meter = meterOf(three, { ...ALL_METRICS, [name]: false });
      const { jitterNs, transit } = meter.figures(1);
      const { interval, transitMeanNs } = meter.report({ startNs: 3.5e9, endNs: 4.5e9 });
      const { bitsPerSecond, jitterNs: jitterSoFar } = interval;
      return Object.entries({ jitterNs, jitterSoFar, transit, bitsPerSecond, transitMeanNs })
        .filter(([, value]) => value === undefined)
        .map(([key]) => key);
    };
    expect(off('throughput')).toStrictEqual(['bitsPerSecond']);
    expect(off('jitter')).toStrictEqual(['jitterNs', 'jitterSoFar']);
    expect(off('oneWayDelay')).toStrictEqual(['transit', 'transitMeanNs']);
  });

  it('has bytes alone for a stream without messages', () => {
    const meter = new ReceivedMeter('up', false, ALL_METRICS);
    meter.arrived(1000, instant(2e9));
    meter.arrived(1000, instant(3e9));
    expect(meter.figures(1)).toMatchObject({ bytes: 2000, messages: undefined, durationNs: seconds(1) });
    expect(meter.report({ startNs: 3.5e9, endNs: 4.5e9 })).toMatchObject({
      interval: { bytes: 2000, messages: undefined, lost: undefined },
      transitMeanNs: undefined,
    });
  });

  it('counts a message whose send time means nothing, without a delay', () => {
    const meter = new ReceivedMeter('up', true, ALL_METRICS);
    expect(meter.messages(0, 1, undefined, instant(2e9))).toBe(1);
    expect(meter.figures(1)).toMatchObject({ messages: 1, jitterNs: undefined, transit: undefined });
  });
});

it('begins anew behind what is omitted', () => {
  const progress = new StreamProgress();
  const meter = new ReceivedMeter('up', true, ALL_METRICS, progress);
  for (const number of [0, 2]) {
    meter.messages(number, 1, sent(1e9), instant(1e9 + 100 * number));
    meter.arrived(100, instant(1e9));
  }
  meter.restart();
  expect([meter.bytes, meter.last, meter.nextSequence, progress.bytes]).toStrictEqual([0, undefined, 0, 0]);
  meter.messages(0, 1, sent(2e9), instant(2e9 + 40));
  meter.arrived(100, instant(2e9 + 40));
  expect(meter.report({ startNs: 0, endNs: 1e9 })).toMatchObject({
    interval: { bytes: 100, messages: 1, lost: 0, jitterNs: undefined },
    transitMeanNs: 40,
  });
  expect(meter.figures(1)).toMatchObject({ bytes: 100, messages: 1, expected: 1, transit: { count: 1 } });
});
