import type { Rate } from '@pathgauge/result';
import { type Instant, NS_PER_S, rateOf, type Span } from '@pathgauge/units';

/** Counts bytes and messages, and keeps when the first and the last of them came. */
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
