import { LossBurstCounter } from '@pathgauge/metrics';
import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction, LossBursts, ProbeCounts } from '@pathgauge/result';
import { oneDirection } from './one-direction';

/**
 * A datagram that had not arrived when the drain was over is lost: there is no "late" here. A plain iperf3 that receives counts
 * neither that nor copies nor order.
 */
export function datagramCounts(
  direction: Direction,
  received: StreamFigures | undefined,
  sent: StreamFigures | undefined,
): ProbeCounts | undefined {
  if (received?.messages === undefined || sent?.messages === undefined) return undefined;
  const lost = sent.messages - received.messages;
  // Figures that contradict each other say nothing.
  if (lost < 0) return undefined;
  const one = oneDirection(direction, lost);
  const duplicates = oneDirection(direction, received.duplicates);
  return {
    sent: sent.messages,
    received: received.messages,
    lost,
    lostUp: one.up,
    lostDown: one.down,
    lostUpRange: undefined,
    lostDownRange: undefined,
    lossRatio: sent.messages === 0 ? undefined : lost / sent.messages,
    duplicates: received.duplicates,
    duplicatesUp: duplicates.up,
    duplicatesDown: duplicates.down,
    reordered: received.reordered,
    reorderExtent: received.reorderExtent,
    late: received.duplicates === undefined ? undefined : 0,
    notSent: notSentOf(sent),
    hostDropped: received.hostDropped === undefined ? undefined : Math.min(received.hostDropped, lost),
    hostDroppedEstimated: received.hostDropped === undefined ? undefined : received.hostDroppedEstimated,
  };
}

/** The receiver's, and behind them what was sent after the last datagram that arrived. */
export function lossBursts(
  received: StreamFigures | undefined,
  sent: StreamFigures | undefined,
): LossBursts | undefined {
  if (received?.lossBursts === undefined || received.expected === undefined || sent?.messages === undefined) {
    return undefined;
  }
  const bursts = LossBurstCounter.from(received.lossBursts);
  bursts.lose(Math.max(0, sent.messages - received.expected));
  return bursts.snapshot();
}

/** What was due and never handed over, for whatever reason. */
export function notSentOf(sent: StreamFigures | undefined): number | undefined {
  if (sent?.notSent === undefined) return undefined;
  const { heldUp, refused, blocked } = sent.notSent;
  return heldUp + refused + blocked;
}
