import { elapsed, milliseconds, type Span, seconds } from '@pathgauge/units';
import { every, type Timers } from '../../waiting';
import type { Progress } from './stream-progress';

const PERIOD: Span = milliseconds(5);
/** The last of an amount may be lost, and nobody says so. What comes later than this is not waited for. */
const MAX_SILENCE: Span = seconds(2);

interface WatchedAmount {
  /** Of all streams together; undefined: each knows for itself when it has all. */
  readonly bytes: number | undefined;
  /** What is lost does not come again. */
  readonly isLossy: boolean;
  readonly progress: () => Progress;
  readonly onComplete: () => void;
}

/**
 * Watches an amount that is received where no stream can tell its end: plain iperf3 shares it among the streams as it goes, and of
 * datagrams the last may be lost. Returns what ends the watch.
 */
export function watchAmount(timers: Timers, { bytes, isLossy, progress, onComplete }: WatchedAmount): () => void {
  const isComplete = (): boolean => {
    const { bytes: came, lastArrival } = progress();
    if (bytes !== undefined && came >= bytes) return true;
    return isLossy && lastArrival !== undefined && elapsed(lastArrival, timers.clock.now()) >= MAX_SILENCE;
  };
  const end = every(timers, PERIOD, () => {
    if (!isComplete()) return;
    end();
    onComplete();
  });
  return end;
}
