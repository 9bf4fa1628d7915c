import type { ProbeLedger } from '@pathgauge/metrics';
import type { Timer } from '@pathgauge/transport';
import { after, type Span } from '@pathgauge/units';

/** Wakes when the oldest outstanding probe's waiting time is over. A millisecond late does no harm here. */
export class Expiry {
  readonly #timer: Timer;
  readonly #onExpiry: () => void;
  #isSet = false;

  constructor(timer: Timer, onExpiry: () => void) {
    this.#timer = timer;
    this.#onExpiry = onExpiry;
  }

  watch(ledger: ProbeLedger, timeout: Span): void {
    if (this.#isSet) return;
    const oldest = ledger.oldestSentAt();
    if (oldest === undefined) return;
    this.#isSet = true;
    this.#timer.set(after(oldest, (timeout + 1) as Span), () => {
      this.#isSet = false;
      this.#onExpiry();
    });
  }

  clear(): void {
    this.#timer.clear();
    this.#isSet = false;
  }
}
