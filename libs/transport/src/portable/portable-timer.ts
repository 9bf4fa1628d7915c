import { elapsed, type Instant, NS_PER_MS } from '@pathgauge/units';
import type { Clock, Timer } from '../clock';

// Node's timers fire up to 1 ms late or so. The last stretch is waited for by turning the event loop, which goes on
// serving sockets: the price is a busy processor for that stretch, the gain a schedule kept to microseconds.
const SPIN_MS = 1.5;
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** A timer on Node's event loop, exact to the length of one turn of it. */
export class PortableTimer implements Timer {
  readonly #clock: Clock;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #at = 0 as Instant;
  #callback: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(at: Instant, callback: () => void): void {
    this.clear();
    this.#at = at;
    this.#callback = callback;
    this.#wait();
  }

  clear(): void {
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#timeout = undefined;
    this.#immediate = undefined;
    this.#callback = undefined;
  }

  #wait(): void {
    const remainingMs = elapsed(this.#clock.now(), this.#at) / NS_PER_MS;
    if (remainingMs > SPIN_MS + 1) {
      this.#timeout = setTimeout(this.#onTimeout, Math.min(Math.floor(remainingMs - SPIN_MS), LONGEST_TIMEOUT_MS));
    } else {
      this.#immediate = setImmediate(this.#onTurn);
    }
  }

  readonly #onTimeout = (): void => {
    this.#timeout = undefined;
    this.#wait();
  };

  readonly #onTurn = (): void => {
    this.#immediate = undefined;
    if (this.#clock.now() < this.#at) {
      this.#immediate = setImmediate(this.#onTurn);
      return;
    }
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  };
}

/** A timer that leaves the processor alone while it waits. */
export class PortableCoarseTimer implements Timer {
  readonly #clock: Clock;
  #timeout: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  set(at: Instant, callback: () => void): void {
    this.clear();
    const remainingMs = Math.max(1, Math.ceil(elapsed(this.#clock.now(), at) / NS_PER_MS));
    // Node's timers may also be early by a millisecond.
    const onTimeout = (): void => (this.#clock.now() < at ? this.set(at, callback) : callback());
    this.#timeout = setTimeout(onTimeout, Math.min(remainingMs, LONGEST_TIMEOUT_MS));
  }

  clear(): void {
    clearTimeout(this.#timeout);
  }
}
