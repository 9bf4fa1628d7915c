import { after, elapsed, type Instant, type Span, span } from '@pathgauge/units';
import { dueAfter, type Pace } from '../plan/pace';

/** What one end of a stream has seen of its load. */
interface SeenLoad {
  /** Undefined: it never began. */
  readonly begin: Instant | undefined;
  /** When this end heard, or said, that it is over. */
  readonly end: Instant;
  /** When something last came or left. */
  readonly last: Instant | undefined;
  /** How many messages this end has sent or given up. */
  readonly settled: number;
}

/**
 * How long a load lasted as far as one end knows: where it sends, from the beginning to its end; where it receives, from the first
 * arrival until it heard of the end. What is sent or arrives after the time asked for belongs to the load; the time it is waited
 * for does not.
 */
export function loadSpan(pace: Pace, { begin, end, last, settled }: SeenLoad): Span {
  if (begin === undefined) return span(0);
  const { planned, duration } = pace;
  // A sender that is done with its plan has kept its time: whoever ends the load began to count a little earlier.
  const isFulfilled = planned !== undefined && settled >= planned;
  const ended = isFulfilled ? after(begin, dueAfter(pace, planned)) : end;
  const latest = duration === undefined ? end : after(begin, duration);
  return elapsed(begin, Math.max(Math.min(ended, latest), last ?? begin) as Instant);
}
