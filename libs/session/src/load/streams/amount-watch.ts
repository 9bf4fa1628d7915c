import { elapsed, milliseconds, type Span, seconds } from '@pathgauge/units';
import { every, type Timers } from '../../waiting';
import type { Progress } from './stream-progress';

const PERIOD: Span = milliseconds(5);
/** The last of an amount may be lost, and nobody says so: a silence of this, and of this many bursts, is its end. */
const MIN_SILENCE: Span = seconds(2);
const MIN_BURSTS = 3;

interface WatchedAmount {
  /** Of all streams together; undefined: each knows for itself when it has all. */
  readonly bytes: number | undefined;
  /** What is lost does not come again. */
  readonly isLossy: boolean;
  /** Between bursts; 0: one after the other. */
  readonly spacing: Span;
  readonly progress: () => Progress;
  readonly onComplete: () => void;
}

/**
 * Watches an amount that is received where no stream can tell its end: plain iperf3 shares it among the streams as it goes, and of
 * datagrams the last may be lost. Returns what ends the watch.
 */
export function watchAmount(
  timers: Timers,
  { bytes, isLossy, spacing, progress, onComplete }: WatchedAmount,
): () => void {
  const silence = Math.max(MIN_SILENCE, MIN_BURSTS * spacing);
  const isComplete = (): boolean => {
    const { bytes: came, lastArrival } = progress();
    if (bytes !== undefined && came >= bytes) return true;
    return isLossy && lastArrival !== undefined && elapsed(lastArrival, timers.clock.now()) >= silence;
  };
  const end = every(timers, PERIOD, () => {
    if (!isComplete()) return;
    end();
    onComplete();
  });
  return end;
}
