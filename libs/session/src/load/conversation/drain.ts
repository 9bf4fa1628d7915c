import { elapsed, type Instant, milliseconds, type Span } from '@pathgauge/units';
import { deferred } from '../../promises';
import { every, settledWithin, type Timers } from '../../waiting';
import type { LoadPlan } from '../plan/load-plan';
import { MAX_DRAIN } from './patience';

/** How often it is looked whether all has come. */
const LOOK_PERIOD: Span = milliseconds(2);

/** How far the streams of a test have come. */
export interface DrainProgress {
  /** Whether nothing more can come: this end sends, or the last record has arrived. Unknown without records. */
  readonly isComplete: boolean | undefined;
  readonly lastArrival: Instant | undefined;
}

/**
 * Waits until what is under way has come in. Streams that know their last message are waited for until it is there, or nothing has
 * come for as long as `quiet` says; a path that goes on bringing what its queues hold is listened to for `MAX_DRAIN`. Of other
 * streams nobody knows what is still to come: they get that time once, or none where `hasWaited` says that the other end has waited.
 */
export async function drained(
  progress: () => DrainProgress,
  timers: Timers,
  quiet: () => Span,
  hasWaited: boolean,
): Promise<void> {
  const begin = timers.clock.now();
  const isOver = (): boolean => {
    const { isComplete, lastArrival = begin } = progress();
    if (isComplete === true || (isComplete === undefined && hasWaited)) return true;
    const from = isComplete === undefined ? begin : Math.max(begin, lastArrival);
    return elapsed(from as Instant, timers.clock.now()) >= quiet();
  };
  if (isOver()) return;
  const over = deferred();
  const end = every(timers, LOOK_PERIOD, () => {
    if (isOver()) over.resolve();
  });
  await settledWithin(timers, MAX_DRAIN, over.promise);
  end();
}

/** What a server knows of what a client sends: a plain one says that the test is over before the last of an amount has arrived. */
export function arrivedOf(
  streams: { readonly progress: DrainProgress; progressOf(direction: 'up'): { readonly bytes: number } },
  { amount, directions }: Pick<LoadPlan, 'amount' | 'directions'>,
): DrainProgress {
  const { isComplete, lastArrival } = streams.progress;
  if (isComplete !== undefined || amount === undefined || !directions.includes('up'))
    return { isComplete, lastArrival };
  return { isComplete: streams.progressOf('up').bytes >= amount.bytes, lastArrival };
}
