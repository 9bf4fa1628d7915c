import type { Instant, Span } from '@pathgauge/units';
import { sleep, type Timers } from '../../waiting';
import { MAX_DRAIN_STEPS } from './patience';

/** How far the streams of a test have come. */
interface Progress {
  /** Whether nothing more can come: this end sends, or the last record has arrived. Unknown without records. */
  readonly isComplete: boolean | undefined;
  readonly lastArrival: Instant | undefined;
}

/**
 * Waits until what is under way has come in: streams that bring more are listened to for longer, one step at a time. `hasWaited`:
 * the other end has waited for one step already; else one is waited for in any case.
 */
export async function drained(
  progress: () => Progress,
  timers: Timers,
  step: () => Span,
  hasWaited: boolean,
): Promise<void> {
  let from: Instant | undefined;
  for (let steps = 0; steps < MAX_DRAIN_STEPS; steps++) {
    if ((hasWaited || steps > 0) && !isBringing(progress(), from)) return;
    from = timers.clock.now();
    await sleep(timers, step());
  }
}

/** Records whose last one has not come, of which some came since `from`. */
function isBringing({ isComplete, lastArrival }: Progress, from: Instant | undefined): boolean {
  if (isComplete !== false) return false;
  return from === undefined || (lastArrival !== undefined && lastArrival >= from);
}
