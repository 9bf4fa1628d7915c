import { MIN_REQUEST_BYTES } from '@pathgauge/protocol';
import type { IgnoredDatagrams, IgnoredReason } from '@pathgauge/result';
import { type Endpoint, endpointText, type Timer } from '@pathgauge/transport';
import { after, elapsed, type Instant, type Span, seconds } from '@pathgauge/units';

/** What comes together is told together. */
const GATHER: Span = seconds(1);
/** Whoever sends rubbish must not fill the server's log. */
const PAUSE: Span = seconds(60);

/** What each reason is, behind a number. */
const WORDS: Readonly<Record<IgnoredReason, string>> = {
  short: `shorter than ${MIN_REQUEST_BYTES} bytes, which would be answered with more than came (the sender may pad)`,
  corrupt: 'no STAMP (Error Estimate 0)',
  reply: 'replies, not requests',
  opening: 'that open no load test known here',
  'service-port': "from a port below 1024 or this server's own, which an echo may loop with",
  repeat: 'that came again and again unchanged, as in a loop',
};

/** Datagrams that a server did not answer, by reason. Reports them to `onCounts` while it runs, at most once in `PAUSE`. */
export class IgnoredCount {
  readonly #counts: Partial<Record<IgnoredReason, number>> = {};
  readonly #timer: Timer;
  readonly #now: () => Instant;
  readonly #onCounts: (counts: IgnoredDatagrams, latest: Endpoint) => void;
  #total = 0;
  #latest: Endpoint | undefined;
  #reportedAt: Instant | undefined;
  #isDue = false;

  constructor(timer: Timer, now: () => Instant, onCounts: (counts: IgnoredDatagrams, latest: Endpoint) => void) {
    this.#timer = timer;
    this.#now = now;
    this.#onCounts = onCounts;
  }

  get total(): number {
    return this.#total;
  }

  record(reason: IgnoredReason, source: Endpoint): void {
    this.#total++;
    this.#counts[reason] = (this.#counts[reason] ?? 0) + 1;
    this.#latest = source;
    if (!this.#isDue) this.#reportLater();
  }

  snapshot(): IgnoredDatagrams {
    return { ...this.#counts };
  }

  clear(): void {
    this.#timer.clear();
  }

  #reportLater(): void {
    this.#isDue = true;
    const now = this.#now();
    const left = this.#reportedAt === undefined ? 0 : PAUSE - elapsed(this.#reportedAt, now);
    this.#timer.set(after(now, left > GATHER ? (left as Span) : GATHER), () => {
      this.#isDue = false;
      this.#reportedAt = this.#now();
      this.#onCounts(this.snapshot(), this.#latest as Endpoint);
    });
  }
}

/** All so far, in one line. */
export function ignoredText(counts: IgnoredDatagrams, latest: Endpoint): string {
  const each = (Object.keys(WORDS) as IgnoredReason[])
    .filter((reason) => counts[reason] !== undefined)
    .map((reason) => `${counts[reason]} ${WORDS[reason]}`);
  return `datagrams ignored so far: ${each.join('; ')}; the latest from ${endpointText(latest)}`;
}
