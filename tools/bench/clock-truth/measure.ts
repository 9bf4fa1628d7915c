import { OneWayDelays } from '@pathgauge/metrics';
import { CLOCK_CLASSES, type ClockRun, type ClockWorldClass, drawRun, judge, type Verdict } from '@pathgauge/testing';

/** Rounding of what is told to whole nanoseconds. */
const ROUNDING_NS = 2;
/** Long runs take as many times longer. */
const SHARE_OF_LONG = 1 / 20;

/** What came out for one class. */
interface Tally {
  readonly runs: number;
  /** Runs of which nothing was told: the clocks seemed to step all the time. */
  untold: number;
  readonly out: number[];
  readonly widths: number[];
  offsetOut: number;
  skewsTold: number;
  skewsOut: number;
}

function verdictOf({ session, grainNs }: ClockRun): (Verdict & { isSkewTold: boolean }) | undefined {
  const ups: number[] = [];
  const downs: number[] = [];
  const delays = new OneWayDelays({ claim: () => undefined, granularityNs: () => grainNs }, (_, upNs, downNs) => {
    ups.push(upNs ?? Number.NaN);
    downs.push(downNs ?? Number.NaN);
  });
  for (const exchange of session.exchanges) delays.record(exchange);
  const { owd } = delays.finish();
  if (owd === undefined) return undefined;
  return { ...judge(session, { ups, downs, ...owd }), isSkewTold: owd.clock.skewPpm !== undefined };
}

function tallyOf(kind: ClockWorldClass, runs: number): Tally {
  const tally: Tally = { runs, untold: 0, out: [], widths: [], offsetOut: 0, skewsTold: 0, skewsOut: 0 };
  for (let seed = 0; seed < runs; seed++) {
    const verdict = verdictOf(drawRun(kind, seed));
    if (verdict === undefined) {
      tally.untold++;
      continue;
    }
    tally.widths.push(verdict.width);
    if (verdict.delayNs > ROUNDING_NS) tally.out.push(verdict.delayNs);
    if (verdict.offsetNs > ROUNDING_NS) tally.offsetOut++;
    if (verdict.isSkewTold) tally.skewsTold++;
    if ((verdict.skewBeyondPpm ?? 0) > 0) tally.skewsOut++;
  }
  return tally;
}

function rowOf(
  name: string,
  { runs, untold, out, widths, offsetOut, skewsTold, skewsOut }: Tally,
): (string | number)[] {
  const sorted = widths.sort((a, b) => a - b);
  const width = (share: number): string => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(2);
  const worst = out.length === 0 ? '-' : `${(Math.max(...out) / 1e6).toPrecision(3)} ms`;
  return [name, runs, out.length, worst, offsetOut, width(0.5), width(0.9), skewsTold, skewsOut, untold];
}

const line = (cells: readonly (string | number)[]): void => {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
};

const most = Number(process.argv[2]);
line([
  'class',
  'runs',
  'out',
  'by at most',
  'offset out',
  'median width',
  '9 of 10',
  'skew told',
  'skew out',
  'not told',
]);
line(Array.from({ length: 10 }, (_, i) => (i === 0 ? '---' : '--:')));
for (const kind of CLOCK_CLASSES) {
  const runs = kind.isLong ? Math.ceil(most * SHARE_OF_LONG) : most;
  line(rowOf(kind.name, tallyOf(kind, runs)));
}
