import { codeOf } from '@pathgauge/transport';
import { elapsed, type Instant, milliseconds, type Span, seconds } from '@pathgauge/units';

/** A firewall that is set up anew may refuse for a moment; a host tells of a closed port once a second at the most. */
const MIN_SERIES: Span = milliseconds(500);
/** What is refused more rarely than this is no flood. */
const MAX_GAP: Span = seconds(3);

/** Sees that nobody listens any more where datagrams are sent to: the peer's system refuses them, and goes on doing so. */
export class Refusals {
  #first: Instant | undefined;
  #latest: Instant | undefined;

  /** A send failed with `error`, or an earlier one had; whether that is enough to send no more. */
  areEnough(error: Error, now: Instant): boolean {
    if (codeOf(error) !== 'ECONNREFUSED') return false;
    if (this.#first === undefined || this.#latest === undefined || elapsed(this.#latest, now) > MAX_GAP)
      this.#first = now;
    this.#latest = now;
    return elapsed(this.#first, now) >= MIN_SERIES;
  }
}
