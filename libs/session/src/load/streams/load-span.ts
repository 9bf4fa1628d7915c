import { after, elapsed, type Instant, type Span, span } from '@pathgauge/units';
import { lengthOfPlan, type Pace } from '../plan/pace';

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
  readonly isSending: boolean;
  /** When this end had sent all that it was to send, and it was taken; undefined: never, or it receives. */
  readonly sentAll: Instant | undefined;
}

/**
 * How long a load lasted as far as one end knows: where it sends, from the beginning to its end; where it receives, from the first
 * arrival until it heard of the end. What is sent or arrives after the time asked for belongs to the load; the time it is waited
 * for does not. Of an amount, neither does the time behind the last of it.
 */
export function loadSpan(pace: Pace, load: SeenLoad): Span {
  const { begin, end, last } = load;
  if (begin === undefined) return span(0);
  const latest = pace.duration === undefined ? end : after(begin, pace.duration);
  const ended = Math.min(endOf(pace, load, begin), latest);
  return elapsed(begin, Math.max(begin, ended, last ?? begin) as Instant);
}

function endOf(pace: Pace, { end, last, settled, isSending, sentAll }: SeenLoad, begin: Instant): Instant {
  const { planned, lastLength } = pace;
  if (lastLength !== undefined) return (isSending ? sentAll : last) ?? end;
  // A sender that is done with its plan has kept its time: whoever ends the load began to count a little earlier.
  return planned !== undefined && settled >= planned ? after(begin, lengthOfPlan(pace, planned)) : end;
}
