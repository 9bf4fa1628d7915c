import { CLOCK_CLASSES, type ClockRun, drawRun, judge, type ToldClocks } from '@pathgauge/testing';
import { OneWayDelays } from '../delay/one-way-delays';

/** Undefined where nothing is told: the clocks seem to step all the time. */
function toldOf({ session, grainNs }: ClockRun): ToldClocks | undefined {
  const ups: number[] = [];
  const downs: number[] = [];
  const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => grainNs }, (_, upNs, downNs) => {
    ups.push(upNs as number);
    downs.push(downNs as number);
  });
  for (const exchange of session.exchanges) delays.record(exchange);
  const { owd } = delays.finish();
  return owd === undefined ? undefined : { ups, downs, ...owd };
}

const medianOf = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] as number;

// `npm run bench -- clock-truth` does the same by the hundred thousand: docs/measurement.md has what came out.
describe.each(CLOCK_CLASSES)('clocks of the class "$name"', (kind) => {
  const count = kind.isLong ? 8 : 200;
  const first = count * CLOCK_CLASSES.indexOf(kind);
  const runs = Array.from({ length: count }, (_, i) => {
    const run = drawRun(kind, first + i);
    const told = toldOf(run);
    return told && { seed: first + i, clock: told.clock, ...judge(run.session, told) };
  }).filter((run) => run !== undefined);

  // Rounding to whole nanoseconds.
  it('have their true delays and offsets within what is told', () => {
    expect(runs.filter(({ delayNs }) => delayNs > 2)).toStrictEqual([]);
    expect(runs.filter(({ offsetNs }) => offsetNs > 2)).toStrictEqual([]);
  });

  it('are told of nearly always', () => {
    expect(runs.length).toBeGreaterThanOrEqual(0.9 * count);
  });

  it('have their true skew within its interval, and a skew is told where that does not hold 0', () => {
    expect(runs.filter(({ skewBeyondPpm = 0 }) => skewBeyondPpm > 0)).toStrictEqual([]);
    for (const { skewPpm, skewLowPpm = 0, skewHighPpm = 0 } of runs.map(({ clock }) => clock)) {
      expect(skewPpm !== undefined).toBe(skewLowPpm > 0 || skewHighPpm < 0);
      expect(Math.max(-skewLowPpm, skewHighPpm)).toBeLessThanOrEqual(2000);
    }
  });

  if (kind.isCalm) {
    it('have an interval hardly wider than what a constant clock proves', () => {
      expect(medianOf(runs.map(({ width }) => width))).toBeLessThan(1.06);
    });
  }
});
