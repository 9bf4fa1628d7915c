import { elapsed, type Instant, NS_PER_MS } from '@pathgauge/units';
import type { Clock, Timer } from '../clock';
import type { Reading } from './reading';

// Node's timers fire up to 1 ms late or so. The last stretch is waited for by turning the event loop, which goes on
// serving sockets: the price is a busy processor for that stretch, the gain a schedule kept to microseconds.
const SPIN_MS = 1.5;
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
/** A timer that is later than this was held up: what came meanwhile is read before it fires. */
const HELD_UP_NS = 2e6;

/** A timer on Node's event loop, exact to the length of one turn of it. */
export class PortableTimer implements Timer {
  readonly #clock: Clock;
  readonly #reading: Reading;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #forget: (() => void) | undefined;
  #at = 0 as Instant;
  #callback: (() => void) | undefined;

  constructor(clock: Clock, reading: Reading) {
    this.#clock = clock;
    this.#reading = reading;
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
    this.#forget?.();
    this.#timeout = undefined;
    this.#immediate = undefined;
    this.#callback = undefined;
  }

  #wait(): void {
    const remainingMs = elapsed(this.#clock.now(), this.#at) / NS_PER_MS;
    if (remainingMs > SPIN_MS + 1) {
      this.#timeout = setTimeout(this.#onTimeout, Math.min(Math.floor(remainingMs - SPIN_MS), MAX_TIMEOUT_MS));
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
    if (this.#clock.now() - this.#at > HELD_UP_NS) this.#forget = this.#reading.whenEmpty(this.#fire);
    else this.#fire();
  };

  readonly #fire = (): void => {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  };
}

/** A timer that leaves the processor alone while it waits. */
export class PortableCoarseTimer implements Timer {
  readonly #clock: Clock;
  readonly #reading: Reading;
  #timeout: NodeJS.Timeout | undefined;
  #forget: (() => void) | undefined;

  constructor(clock: Clock, reading: Reading) {
    this.#clock = clock;
    this.#reading = reading;
  }

  set(at: Instant, callback: () => void): void {
    this.clear();
    const remainingMs = Math.max(1, Math.ceil(elapsed(this.#clock.now(), at) / NS_PER_MS));
    // Node's timers may also be early by a millisecond.
    const onTimeout = (): void => {
      const late = this.#clock.now() - at;
      if (late < 0) this.set(at, callback);
      else if (late > HELD_UP_NS) this.#forget = this.#reading.whenEmpty(callback);
      else callback();
    };
    this.#timeout = setTimeout(onTimeout, Math.min(remainingMs, MAX_TIMEOUT_MS));
  }

  clear(): void {
    clearTimeout(this.#timeout);
    this.#forget?.();
  }
}
