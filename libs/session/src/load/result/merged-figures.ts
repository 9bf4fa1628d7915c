import { DelayDistribution, LossBurstCounter } from '@pathgauge/metrics';
import { NO_RECEIVER_FIGURES, type NotSentFigures, type StreamFigures, type TransitState } from '@pathgauge/protocol';
import type { HostStalls, LossBursts, ReorderExtent } from '@pathgauge/result';

/**
 * The figures of one end of several streams of a direction as if they were one; of a single one they are its own. What is not known of
 * one stream is not known of all. The state of a path belongs to one stream: of several it is not told here.
 */
export function mergedFigures(streams: readonly (StreamFigures | undefined)[]): StreamFigures | undefined {
  const [first, ...others] = streams;
  return others.reduce((sum, each) => both(sum, each, added), first);
}

const added = (a: StreamFigures, b: StreamFigures): StreamFigures => ({
  ...NO_RECEIVER_FIGURES,
  id: a.id,
  bytes: both(a.bytes, b.bytes, plus),
  messages: both(a.messages, b.messages, plus),
  // They run beside each other.
  durationNs: both(a.durationNs, b.durationNs, Math.max),
  jitterNs: jitterOfBoth(a, b),
  duplicates: both(a.duplicates, b.duplicates, plus),
  reordered: both(a.reordered, b.reordered, plus),
  reorderExtent: extentOfBoth(a, b),
  hostDropped: both(a.hostDropped, b.hostDropped, plus),
  hostDroppedEstimated: a.hostDroppedEstimated || b.hostDroppedEstimated,
  transit: both(a.transit, b.transit, transitOfBoth),
  retransmits: both(a.retransmits, b.retransmits, plus),
  notSent: both(a.notSent, b.notSent, notSentOfBoth),
  hostStalls: both(a.hostStalls, b.hostStalls, stallsOfBoth),
  mssBytes: both(a.mssBytes, b.mssBytes, Math.min),
  pathMtu: both(a.pathMtu, b.pathMtu, (one, other) => (one.bytes <= other.bytes ? one : other)),
  icmp: both(a.icmp, b.icmp, (one, other) => [...one, ...other]),
  congestion: a.congestion === b.congestion ? a.congestion : undefined,
});

const plus = (a: number, b: number): number => a + b;

/** Undefined where either is. */
export const both = <T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T | undefined): T | undefined =>
  a === undefined || b === undefined ? undefined : join(a, b);

/** A mean, by how much each has received. One message alone has no jitter, and takes no part. */
function jitterOfBoth(a: StreamFigures, b: StreamFigures): number | undefined {
  if (a.jitterNs === undefined || b.jitterNs === undefined) return a.jitterNs ?? b.jitterNs;
  return meanOf(a.jitterNs, a.messages ?? 1, b.jitterNs, b.messages ?? 1);
}

const meanOf = (a: number, countA: number, b: number, countB: number): number =>
  countA + countB === 0 ? (a + b) / 2 : (a * countA + b * countB) / (countA + countB);

/** What was reordered, and how far. */
interface Reordered {
  readonly reordered: number | undefined;
  readonly reorderExtent: ReorderExtent | undefined;
}

/** The mean is of what was reordered. Where nothing was, there is no extent. */
export function extentOfBoth(a: Reordered, b: Reordered): ReorderExtent | undefined {
  if (a.reordered === 0) return b.reorderExtent;
  if (b.reordered === 0) return a.reorderExtent;
  return both(a.reorderExtent, b.reorderExtent, (one, other) => ({
    mean: meanOf(one.mean, a.reordered ?? 0, other.mean, b.reordered ?? 0),
    max: Math.max(one.max, other.max),
  }));
}

function transitOfBoth(a: TransitState, b: TransitState): TransitState | undefined {
  // Counted from different seconds they are no distribution.
  if ((a.baseSeconds ?? 0) !== (b.baseSeconds ?? 0)) return undefined;
  const distribution = new DelayDistribution();
  distribution.add(a);
  distribution.add(b);
  return { ...distribution.state(), baseSeconds: a.baseSeconds };
}

export function burstsOfBoth(a: LossBursts, b: LossBursts): LossBursts {
  const lengths = new Map(Object.entries(a.lengths));
  for (const [length, count] of Object.entries(b.lengths)) lengths.set(length, (lengths.get(length) ?? 0) + count);
  const all = { longest: Math.max(a.longest, b.longest), count: a.count + b.count };
  return LossBurstCounter.from({ ...all, lengths: Object.fromEntries(lengths) }).snapshot();
}

const notSentOfBoth = (a: NotSentFigures, b: NotSentFigures): NotSentFigures => ({
  heldUp: a.heldUp + b.heldUp,
  refused: a.refused + b.refused,
  blocked: a.blocked + b.blocked,
});

/** A host that is held up holds up all of its streams. */
export const stallsOfBoth = (a: HostStalls, b: HostStalls): HostStalls => ({
  count: Math.max(a.count, b.count),
  longestNs: Math.max(a.longestNs, b.longestNs),
});
