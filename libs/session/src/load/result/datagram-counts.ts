import { LossBurstCounter } from '@pathgauge/metrics';
import type { StreamFigures } from '@pathgauge/protocol';
import type { ByDirection, DatagramCounts, LossBursts, OneWayCounts } from '@pathgauge/result';
import { joined } from './by-direction';
import { both, burstsOfBoth, extentOfBoth } from './merged-figures';

/** What both ends say of a stream, or of several together. */
export interface BothEnds {
  readonly received: StreamFigures | undefined;
  readonly sent: StreamFigures | undefined;
  /** How many of the datagrams that were sent the receiver has waited for: those behind its own end are no loss. */
  readonly awaited: number | undefined;
}

/**
 * A datagram that had not arrived when the drain was over is lost: there is no "late" here. A plain iperf3 that receives counts
 * neither that nor copies nor order.
 */
export function oneWayCounts(
  { received, sent, awaited }: BothEnds,
  bursts: LossBursts | undefined,
): OneWayCounts | undefined {
  if (received?.messages === undefined || awaited === undefined) return undefined;
  const lost = awaited - received.messages;
  // Figures that contradict each other say nothing.
  if (lost < 0) return undefined;
  return {
    sent: awaited,
    received: received.messages,
    lost,
    lossRatio: shareOf(lost, awaited),
    duplicates: received.duplicates,
    reordered: received.reordered,
    reorderExtent: received.reorderExtent,
    notSent: notSentOf(sent),
    hostDropped: received.hostDropped === undefined ? undefined : Math.min(received.hostDropped, lost),
    hostDroppedEstimated: received.hostDropped === undefined ? undefined : received.hostDroppedEstimated,
    lossBursts: bursts,
  };
}

/** Of the directions that there are, together and each alone. One of which nothing is known would make the sums wrong. */
export function datagramCounts(
  ways: ByDirection<OneWayCounts> | undefined,
  directions: number,
): DatagramCounts | undefined {
  const { up, down } = ways ?? {};
  const all = joined(ways, sumOfBoth);
  if (all === undefined || (directions > 1 && (up === undefined || down === undefined))) return undefined;
  const { lossBursts, ...counts } = all;
  return {
    ...counts,
    lostUp: up?.lost,
    lostDown: down?.lost,
    lostUpRange: undefined,
    lostDownRange: undefined,
    duplicatesUp: up?.duplicates,
    duplicatesDown: down?.duplicates,
    late: all.duplicates === undefined ? undefined : 0,
    up,
    down,
  };
}

const plus = (a: number, b: number): number => a + b;

const sumOfBoth = (a: OneWayCounts, b: OneWayCounts): OneWayCounts => ({
  sent: a.sent + b.sent,
  received: a.received + b.received,
  lost: a.lost + b.lost,
  lossRatio: shareOf(a.lost + b.lost, a.sent + b.sent),
  duplicates: both(a.duplicates, b.duplicates, plus),
  reordered: both(a.reordered, b.reordered, plus),
  reorderExtent: extentOfBoth(a, b),
  notSent: both(a.notSent, b.notSent, plus),
  hostDropped: both(a.hostDropped, b.hostDropped, plus),
  hostDroppedEstimated: both(a.hostDroppedEstimated, b.hostDroppedEstimated, (one, other) => one || other),
  lossBursts: both(a.lossBursts, b.lossBursts, burstsOfBoth),
});

const shareOf = (lost: number, sent: number): number | undefined => (sent === 0 ? undefined : lost / sent);

/** Of several streams together: a run of losses is one of a stream. */
export function lossBursts(streams: readonly Omit<BothEnds, 'sent'>[]): LossBursts | undefined {
  const [first, ...others] = streams.map(burstsOfStream);
  return others.reduce((sum, each) => both(sum, each, burstsOfBoth), first);
}

/** The receiver's, and behind them what it has waited for after the last datagram that arrived. */
export function burstsOfStream({ received, awaited }: Omit<BothEnds, 'sent'>): LossBursts | undefined {
  if (received?.lossBursts === undefined || received.expected === undefined || awaited === undefined) return undefined;
  const bursts = LossBurstCounter.from(received.lossBursts);
  bursts.lose(Math.max(0, awaited - received.expected));
  return bursts.snapshot();
}

/** What was due and never handed over, for whatever reason. */
export function notSentOf(sent: StreamFigures | undefined): number | undefined {
  if (sent?.notSent === undefined) return undefined;
  const { heldUp, refused, blocked } = sent.notSent;
  return heldUp + refused + blocked;
}
