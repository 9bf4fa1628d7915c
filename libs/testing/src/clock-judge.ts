import type { ClockEstimate } from '@pathgauge/result';
import type { SimulatedSession } from './simulated-exchanges';

/** What was told of the clocks and of each exchange of a session. */
export interface ToldClocks {
  readonly ups: readonly number[];
  readonly downs: readonly number[];
  readonly uncertaintyNs: { readonly low: number; readonly high: number };
  readonly clock: ClockEstimate;
}

/** By how many nanoseconds the truth is outside of what was told; 0 or less: it is within. */
export interface Verdict {
  /** Of the delays, each exchange with the run's interval, at the worst. */
  readonly delayNs: number;
  /** Of the offset at mid-run. */
  readonly offsetNs: number;
}

/** Compares what was told with the truth, as somebody would who knows it. */
export function judge({ exchanges, truths, theta, jumpsAt }: SimulatedSession, told: ToldClocks): Verdict {
  const { low, high } = told.uncertaintyNs;
  let delayNs = Number.NEGATIVE_INFINITY;
  truths.forEach(({ up, down }, i) => {
    const above = up - (told.ups[i] as number);
    const below = down - (told.downs[i] as number);
    delayNs = Math.max(delayNs, low - above, above - high, -high - below, below + low);
  });
  const latest = exchanges.reduce((at, { arrivedAt }) => Math.max(at, arrivedAt), 0);
  const middle = ((exchanges[0]?.sentAt as number) + latest) / 2;
  const reads = truths.flatMap(({ t2, t3 }) => [t2, t3]);
  const before = Math.max(...reads.filter((at) => at <= middle));
  const after = Math.min(...reads.filter((at) => at >= middle));
  // What the server's clock did before it was first read, after it was last, or between two steps that no reading parts,
  // nobody can know.
  const unseen = jumpsAt.filter((at) => at > before && at < after).length > 1;
  const offset = theta(unseen ? before : Math.min(Math.max(middle, Math.min(...reads)), Math.max(...reads)));
  const { offsetLowNs, offsetHighNs } = told.clock;
  return { delayNs, offsetNs: Math.max(offsetLowNs - offset, offset - offsetHighNs) };
}
