import type { Clock } from '@pathgauge/transport';
import { type Instant, instant, NS_PER_S, type Span, span, type WallAnchor } from '@pathgauge/units';
import type { VirtualTime } from './virtual-time';

/** Wall time when virtual time is 0: 2023-11-14T22:13:20Z. */
const EPOCH_S = 1_700_000_000;

/** How a host's clock stands to the true time, which is virtual time. */
export interface ClockSetting {
  /** By how much its monotonic clock gains, in millionths. */
  readonly skewPpm: number;
  /** When its monotonic clock jumps, in virtual time, and by how much. No real one does: a peer that stamps wall time might. */
  readonly steps: readonly { readonly at: Instant; readonly byNs: number }[];
  /** Its wall clock is ahead of the truth by this much; whole nanoseconds. */
  readonly aheadNs: number;
  /** Virtual time at which its monotonic clock began to count. */
  readonly bootedNs: number;
  /** What it says of its own anchor. */
  readonly errorNs: number;
  readonly synchronisedToNs: number | undefined;
}

const TRUE_CLOCK: ClockSetting = {
  skewPpm: 0,
  steps: [],
  aheadNs: 0,
  bootedNs: 0,
  errorNs: 0,
  synchronisedToNs: undefined,
};

/** A host's clock on virtual time. */
export class VirtualClock implements Clock {
  readonly steps = undefined;
  readonly #time: VirtualTime;
  readonly #setting: ClockSetting;

  #heldUntil = 0;

  constructor(time: VirtualTime, setting: Partial<ClockSetting> = {}) {
    this.#time = time;
    this.#setting = { ...TRUE_CLOCK, ...setting };
  }

  /** Nothing runs on this host for so long from now, as if its process were suspended; packets go on coming to its system. */
  hold(by: Span): void {
    this.#heldUntil = this.#time.now() + by;
  }

  /** Runs `run` after `delay`, or as soon after as the host is not held; what came to a socket runs before timers. */
  schedule(delay: Span, run: () => void, order: 'sockets' | 'timers' = 'timers'): number {
    const held = (): void => {
      const left = this.#heldUntil - this.#time.now();
      if (left <= 0) run();
      else this.#time.reschedule(handle, span(order === 'sockets' ? left : left + 1), held);
    };
    const handle = this.#time.schedule(delay, held);
    return handle;
  }

  now(): Instant {
    const { bootedNs, skewPpm, steps } = this.#setting;
    const now = this.#time.now();
    const stepped = steps.reduce((sum, { at, byNs }) => sum + (now >= at ? byNs : 0), 0);
    return instant(now - bootedNs + Math.round(now * skewPpm * 1e-6) + stepped);
  }

  anchor(): WallAnchor {
    const { aheadNs, bootedNs, errorNs, synchronisedToNs } = this.#setting;
    const total = aheadNs + bootedNs;
    const wholeSeconds = Math.floor(total / NS_PER_S);
    return { seconds: EPOCH_S + wholeSeconds, nanoseconds: total - wholeSeconds * NS_PER_S, errorNs, synchronisedToNs };
  }
}
