import { type Instant, instant, NS_PER_MS, NS_PER_S, type WallAnchor } from '@pathgauge/units';
import type { Clock } from '../clock';

// One edge of the millisecond is enough as a rule; a preempted spin gets another chance.
const MAX_EDGES = 4;
const GOOD_BRACKET_NS = 2_000;

/**
 * Node's monotonic clock (nanoseconds), anchored to its wall clock, which only tells whole milliseconds: the moment at
 * which `Date.now` changes is found by spinning, and lies between two readings a few microseconds apart at most.
 */
export class PortableClock implements Clock {
  readonly steps = undefined;
  readonly #origin = performance.now();
  #anchor: WallAnchor | undefined;

  now(): Instant {
    return instant(Math.round((performance.now() - this.#origin) * NS_PER_MS));
  }

  anchor(): WallAnchor {
    if (this.#anchor === undefined || this.#stepped(this.#anchor)) this.#anchor = this.#findAnchor();
    return this.#anchor;
  }

  /** The monotonic clock follows the system's slewing but not its steps: only a step makes an anchor wrong. */
  #stepped(anchor: WallAnchor): boolean {
    const expectedMs = anchor.seconds * 1e3 + (anchor.nanoseconds + this.now()) / NS_PER_MS;
    const ahead = expectedMs - Date.now();
    const slack = anchor.errorNs / NS_PER_MS;
    return ahead < -slack || ahead > 1 + slack;
  }

  #findAnchor(): WallAnchor {
    let best = this.#findEdge();
    for (let edge = 1; edge < MAX_EDGES && best.errorNs > GOOD_BRACKET_NS; edge++) {
      const next = this.#findEdge();
      if (next.errorNs < best.errorNs) best = next;
    }
    return best;
  }

  #findEdge(): WallAnchor {
    let before = this.now();
    const startMs = Date.now();
    for (;;) {
      const reading = this.now();
      const wallMs = Date.now();
      if (wallMs !== startMs) return anchorAt(wallMs, before, this.now());
      before = reading;
    }
  }
}

/**
 * The anchor when `Date.now` turned to `wallMs` between two instants: `before`, taken ahead of the last look that still
 * showed the old millisecond, and `after`, taken behind the first that showed the new one.
 */
function anchorAt(wallMs: number, before: Instant, after: Instant): WallAnchor {
  const atZero = (wallMs % 1e3) * NS_PER_MS - (before + after) / 2;
  const wholeSeconds = Math.floor(atZero / NS_PER_S);
  return {
    seconds: Math.floor(wallMs / 1e3) + wholeSeconds,
    nanoseconds: Math.round(atZero - wholeSeconds * NS_PER_S),
    errorNs: Math.ceil((after - before) / 2),
    // Node does not ask the system.
    synchronisedToNs: undefined,
  };
}
