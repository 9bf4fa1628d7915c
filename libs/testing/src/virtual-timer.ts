import type { Timer } from '@pathgauge/transport';
import { elapsed, type Instant, span } from '@pathgauge/units';
import type { VirtualClock } from './virtual-clock';
import type { VirtualTime } from './virtual-time';

/** A timer that fires at its instant, or a nanosecond from now when that has passed: never in the call itself. */
export class VirtualTimer implements Timer {
  readonly #time: VirtualTime;
  readonly #clock: VirtualClock;
  #handle: number | undefined;

  constructor(time: VirtualTime, clock: VirtualClock) {
    this.#time = time;
    this.#clock = clock;
  }

  set(at: Instant, callback: () => void): void {
    this.clear();
    const delay = Math.max(1, Math.ceil(elapsed(this.#clock.now(), at)));
    this.#handle = this.#clock.schedule(span(delay), callback);
  }

  clear(): void {
    if (this.#handle !== undefined) this.#time.cancel(this.#handle);
  }
}
