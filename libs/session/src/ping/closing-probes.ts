import { type Instant, milliseconds, type Span, span } from '@pathgauge/units';
import type { SentProbes } from './sent-probes';
import { sequenceOf, sequencesBetween } from './sequences';

const MAX_CLOSING = 8;
const MIN_WAIT: Span = milliseconds(100);
/** All of them together may hold up the end of a run by so much, or of one that its user ended. */
const MAX_HOLDUP: Span = milliseconds(2_000);
const INTERRUPTED_HOLDUP: Span = milliseconds(250);
const SLACK: Span = milliseconds(20);

/**
 * Probes behind the last one of a run. They are no events and count in no figure: the reflector's number on the reply says
 * how many requests had reached it, which settles where the last probes were lost. They skip one sequence number, so that a
 * reflector which only copies the sender's number gives itself away.
 */
export class ClosingProbes implements SentProbes {
  readonly #first: number;
  readonly #sentAt: Instant[] = [];

  /** `sent`: how many probes the run had. */
  constructor(sent: number) {
    this.#first = sent + 1;
  }

  get count(): number {
    return this.#sentAt.length;
  }

  /** Books one more that leaves at `at`; returns its sequence number. */
  send(at: Instant): number {
    this.#sentAt.push(at);
    return this.sequenceOf(this.#sentAt.length - 1);
  }

  sequenceOf(order: number): number {
    return sequenceOf(this.#first + order);
  }

  indexOf(sequence: number): number {
    const order = sequencesBetween(this.#first, sequence);
    return order < this.#sentAt.length ? order : -1;
  }

  sentAt(order: number): Instant {
    return this.#sentAt[order] as Instant;
  }
}

/** How long the answer to each closing probe is waited for, and how many are sent at most. */
export function closingPlan(
  slowestRttNs: number,
  timeout: Span,
  interrupted: boolean,
): { readonly wait: Span; readonly most: number } {
  const holdup = interrupted ? INTERRUPTED_HOLDUP : MAX_HOLDUP;
  const wait = Math.min(Math.max(2 * slowestRttNs + SLACK, MIN_WAIT), timeout, holdup);
  return { wait: span(wait), most: Math.min(MAX_CLOSING, Math.max(1, Math.floor(holdup / wait))) };
}
