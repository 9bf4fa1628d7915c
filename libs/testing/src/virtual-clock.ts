import type { Clock } from '@pathgauge/transport';
import { type Instant, instant, NS_PER_S, type WallAnchor } from '@pathgauge/units';
import type { VirtualTime } from './virtual-time';

/** Wall time when virtual time is 0: 2023-11-14T22:13:20Z. */
const EPOCH_S = 1_700_000_000;

/** How a host's clock stands to the true time, which is virtual time. */
export interface ClockSetting {
  /** Its wall clock is ahead of the truth by this much; whole nanoseconds. */
  readonly aheadNs: number;
  /** Virtual time at which its monotonic clock began to count. */
  readonly bootedNs: number;
  /** What it says of its own anchor. */
  readonly errorNs: number;
}

/** A host's clock on virtual time. */
export class VirtualClock implements Clock {
  readonly #time: VirtualTime;
  readonly #setting: ClockSetting;

  constructor(time: VirtualTime, setting: ClockSetting) {
    this.#time = time;
    this.#setting = setting;
  }

  now(): Instant {
    return instant(this.#time.now() - this.#setting.bootedNs);
  }

  anchor(): WallAnchor {
    const { aheadNs, bootedNs, errorNs } = this.#setting;
    const total = aheadNs + bootedNs;
    const wholeSeconds = Math.floor(total / NS_PER_S);
    return { seconds: EPOCH_S + wholeSeconds, nanoseconds: total - wholeSeconds * NS_PER_S, errorNs };
  }
}
