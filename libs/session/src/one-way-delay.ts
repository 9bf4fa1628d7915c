import type { ClockBounds, DelayDistribution } from '@pathgauge/metrics';
import type { ClockEstimate, OneWayDelay } from '@pathgauge/result';

/** What is known of the two clocks of a session. */
export interface ClockKnowledge {
  readonly bounds: ClockBounds;
  /** The peer's address is one of this host's own. */
  readonly sameHost: boolean;
  /** How far off the two anchors to wall time may be, together. */
  readonly anchorErrorNs: number;
}

/** The offset that the values assume, and how far the true one may lie to either side. */
interface Offset {
  readonly basis: OneWayDelay['basis'];
  readonly valueNs: number;
  readonly lowNs: number;
  readonly highNs: number;
}

/**
 * One-way delays from transit times with the clock offset still in them. On one host the two clocks are one, and the
 * values are exact to the anchors' error; that is claimed only when no exchange contradicts it. Otherwise the values
 * assume equal minimum delays in both directions, and the interval holds whatever the clocks say. Absent when nothing
 * is known of the offset, or when the clocks moved against each other during the run.
 */
export function oneWayDelay(
  up: DelayDistribution | undefined,
  down: DelayDistribution | undefined,
  clocks: ClockKnowledge,
): OneWayDelay | undefined {
  const offset = offsetOf(clocks);
  const upValues = up !== undefined && offset !== undefined ? up.snapshot(-offset.valueNs) : undefined;
  const downValues = down !== undefined && offset !== undefined ? down.snapshot(offset.valueNs) : undefined;
  if (offset === undefined || (upValues === undefined && downValues === undefined)) return undefined;
  return {
    basis: offset.basis,
    up: upValues,
    down: downValues,
    // A larger offset means a shorter way up.
    uncertaintyNs: { low: offset.valueNs - offset.highNs, high: offset.valueNs - offset.lowNs },
    clock: clockEstimate(offset),
  };
}

/** The offset that one-way values are to be computed with; undefined when none can be told. */
export function offsetOf({ bounds, sameHost, anchorErrorNs }: ClockKnowledge): Offset | undefined {
  const proven = bounds.snapshot();
  if (proven === undefined) return undefined;
  if (sameHost) {
    const lowNs = Math.max(proven.lowNs, -anchorErrorNs);
    const highNs = Math.min(proven.highNs, anchorErrorNs);
    if (lowNs <= highNs) return { basis: 'same-clock', valueNs: clamp(0, lowNs, highNs), lowNs, highNs };
  }
  return { basis: 'bounds', valueNs: (proven.lowNs + proven.highNs) / 2, lowNs: proven.lowNs, highNs: proven.highNs };
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

const clockEstimate = (offset: Offset): ClockEstimate => ({
  offsetNs: offset.valueNs,
  offsetLowNs: offset.lowNs,
  offsetHighNs: offset.highNs,
  skewPpm: undefined,
  steps: undefined,
});
