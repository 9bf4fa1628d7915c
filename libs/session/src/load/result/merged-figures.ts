import { DelayDistribution, LossBurstCounter } from '@pathgauge/metrics';
import { NO_RECEIVER_FIGURES, type NotSentFigures, type StreamFigures, type TransitState } from '@pathgauge/protocol';
import type { HostStalls, LossBursts } from '@pathgauge/result';

/**
 * The figures of one end of several streams as if they were one; of a single one they are its own. What is not known of one stream is
 * not known of all. Jitter, order and the state of a path belong to one stream: of several they are not told here.
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
  duplicates: both(a.duplicates, b.duplicates, plus),
  reordered: both(a.reordered, b.reordered, plus),
  expected: both(a.expected, b.expected, plus),
  lossBursts: both(a.lossBursts, b.lossBursts, burstsOfBoth),
  hostDropped: both(a.hostDropped, b.hostDropped, plus),
  hostDroppedEstimated: a.hostDroppedEstimated || b.hostDroppedEstimated,
  transit: both(a.transit, b.transit, transitOfBoth),
  retransmits: both(a.retransmits, b.retransmits, plus),
  notSent: both(a.notSent, b.notSent, notSentOfBoth),
  hostStalls: both(a.hostStalls, b.hostStalls, stallsOfBoth),
  mssBytes: both(a.mssBytes, b.mssBytes, Math.min),
  pathMtu: both(a.pathMtu, b.pathMtu, (one, other) => (one.bytes <= other.bytes ? one : other)),
  icmp: both(a.icmp, b.icmp, (one, other) => [...one, ...other]),
});

const plus = (a: number, b: number): number => a + b;

/** Undefined where either is. */
const both = <T>(a: T | undefined, b: T | undefined, join: (a: T, b: T) => T): T | undefined =>
  a === undefined || b === undefined ? undefined : join(a, b);

function transitOfBoth(a: TransitState, b: TransitState): TransitState {
  const distribution = new DelayDistribution();
  distribution.add(a);
  distribution.add(b);
  return { ...(distribution.state() as TransitState), baseSeconds: a.baseSeconds };
}

function burstsOfBoth(a: LossBursts, b: LossBursts): LossBursts {
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
const stallsOfBoth = (a: HostStalls, b: HostStalls): HostStalls => ({
  count: Math.max(a.count, b.count),
  longestNs: Math.max(a.longestNs, b.longestNs),
});
