import type { Rate } from '@pathgauge/result';
import { elapsed, type Instant, NS_PER_S, rateOf, type Span, span } from '@pathgauge/units';

/**
 * How much passed, and how fast. Time runs from the first arrival to the end of the load or the last arrival, whichever
 * is later: a stall at the end counts, and so does what arrives after the sender has stopped. Instants must not go back.
 */
export class RateMeter {
  #bytes = 0;
  #messages = 0;
  #first: Instant | undefined;
  #last: Instant | undefined;

  get bytes(): number {
    return this.#bytes;
  }

  get messages(): number {
    return this.#messages;
  }

  /** When the first bytes came. */
  get first(): Instant | undefined {
    return this.#first;
  }

  get last(): Instant | undefined {
    return this.#last;
  }

  /** Counts bytes that passed at `at`, and the messages that they completed. */
  record(bytes: number, messages: number, at: Instant): void {
    this.#first ??= at;
    this.#last = at;
    this.#bytes += bytes;
    this.#messages += messages;
  }

  /** What passed until `end`. `framed` says whether the stream has messages at all. */
  snapshot(end: Instant, framed = true): Rate {
    const last = this.#last !== undefined && this.#last > end ? this.#last : end;
    const duration = this.#first === undefined ? span(0) : elapsed(this.#first, last);
    return rateFrom(this.#bytes, framed ? this.#messages : undefined, duration);
  }
}

/** A rate from its parts; the quotients are absent when no time has passed. */
export function rateFrom(bytes: number, messages: number | undefined, duration: Span): Rate {
  return {
    bytes,
    durationNs: duration,
    bitsPerSecond: rateOf(bytes, duration),
    messages,
    messagesPerSecond: messages === undefined || duration <= 0 ? undefined : (messages * NS_PER_S) / duration,
  };
}
