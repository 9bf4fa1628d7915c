import type { ClockEstimate } from '@pathgauge/result';
import type { ClockWorldClass } from './clock-classes';
import { seededRandom } from './link/random';
import { type SimulatedSession, simulate } from './simulated-exchanges';

/** A run of a class of clocks, as a clock engine gets it. */
export interface ClockRun {
  readonly session: SimulatedSession;
  /** What the server's timestamps are multiples of. */
  readonly grainNs: number;
}

/** The run of a class that belongs to a seed. Exchanges whose timestamps cannot be true are left out, as a session does. */
export function drawRun({ draw }: ClockWorldClass, seed: number): ClockRun {
  const random = seededRandom(seed);
  const world = draw(random);
  const { grainNs = 1 } = world;
  const session = simulate(world, random);
  const isTold = session.exchanges.map(({ upNs, downNs }) => upNs + downNs >= -grainNs);
  return {
    session: {
      ...session,
      exchanges: session.exchanges.filter((_, i) => isTold[i]),
      truths: session.truths.filter((_, i) => isTold[i]),
    },
    grainNs,
  };
}

/** What was told of the clocks and of each exchange of a session. */
export interface ToldClocks {
  readonly ups: readonly number[];
  readonly downs: readonly number[];
  readonly uncertaintyNs: { readonly low: number; readonly high: number };
  readonly clock: ClockEstimate;
}

/** By how much the truth is outside of what was told; 0 or less: it is within. */
export interface Verdict {
  /** Of the delays, each exchange with the run's interval, at the worst. */
  readonly delayNs: number;
  /** Of the offset at mid-run. */
  readonly offsetNs: number;
  /** Of the mean skew; undefined when nothing was told of it. */
  readonly skewBeyondPpm: number | undefined;
  /** The width of the interval as a multiple of the shortest delays of both directions: a constant clock proves no less. */
  readonly width: number;
}

/** Compares what was told with the truth, as somebody would who knows it. */
export function judge(session: SimulatedSession, told: ToldClocks): Verdict {
  const { low, high } = told.uncertaintyNs;
  const { offsetLowNs, offsetHighNs } = told.clock;
  const offset = offsetAtMiddle(session);
  return {
    delayNs: worstDelay(session, told),
    offsetNs: Math.max(offsetLowNs - offset, offset - offsetHighNs),
    skewBeyondPpm: skewBeyond(session, told.clock),
    width: (high - low) / (shortest(session, 'up') + shortest(session, 'down')),
  };
}

function worstDelay({ truths }: SimulatedSession, { ups, downs, uncertaintyNs }: ToldClocks): number {
  const { low, high } = uncertaintyNs;
  let worst = Number.NEGATIVE_INFINITY;
  truths.forEach(({ up, down }, i) => {
    const upOff = up - (ups[i] as number);
    const downOff = down - (downs[i] as number);
    worst = Math.max(worst, low - upOff, upOff - high, -high - downOff, downOff + low);
  });
  return worst;
}

/**
 * What the server's clock did before it was first read, after it was last, or between two steps that no reading parts, nobody
 * can know.
 */
function offsetAtMiddle({ exchanges, truths, theta, jumps }: SimulatedSession): number {
  const { from, to } = extent(exchanges);
  const middle = (from + to) / 2;
  const reads = truths.flatMap(({ t2, t3 }) => [t2, t3]);
  const before = largest([Number.NEGATIVE_INFINITY, ...reads.filter((at) => at <= middle)]);
  const after = smallest([Number.POSITIVE_INFINITY, ...reads.filter((at) => at >= middle)]);
  const isUnseen = jumps.filter(({ at }) => at > before && at < after).length > 1;
  return theta(
    isUnseen && Number.isFinite(before) ? before : Math.min(Math.max(middle, smallest(reads)), largest(reads)),
  );
}

/** The mean pace over the run, steps left out. */
function skewBeyond({ exchanges, theta, jumps }: SimulatedSession, clock: ClockEstimate): number | undefined {
  const { skewLowPpm, skewHighPpm } = clock;
  if (skewLowPpm === undefined || skewHighPpm === undefined) return undefined;
  const { from, to } = extent(exchanges);
  const jumped = jumps.reduce((sum, { at, heightNs }) => sum + (at > from && at <= to ? heightNs : 0), 0);
  const skewPpm = ((theta(to) - theta(from) - jumped) / (to - from)) * 1e6;
  return Math.max(skewLowPpm - skewPpm, skewPpm - skewHighPpm);
}

const extent = (exchanges: SimulatedSession['exchanges']): { from: number; to: number } => ({
  from: exchanges[0]?.sentAt as number,
  to: largest(exchanges.map(({ arrivedAt }) => arrivedAt)),
});

const shortest = ({ truths }: SimulatedSession, direction: 'up' | 'down'): number =>
  smallest(truths.map((truth) => truth[direction]));

// A run may have more values than a call takes arguments.
const smallest = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b));
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));
