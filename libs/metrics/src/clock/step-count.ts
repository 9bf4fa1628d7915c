import type { ClockFit } from './clock-fit';
import { type ClockChange, valueAt } from './clock-line';

interface SeenSegment {
  readonly fit: ClockFit;
  readonly change: ClockChange | undefined;
}

/**
 * Counts the steps of a clock. Packets that overtake each other while it steps are sent in another order than it was read in:
 * then the segments go to and fro between the clock of before and that of after, and it stepped once.
 */
export class StepCount {
  #steps = 0;
  #last: SeenSegment | undefined;
  #secondLast: SeenSegment | undefined;

  get steps(): number {
    return this.#steps;
  }

  copy(): StepCount {
    const copy = new StepCount();
    copy.#steps = this.#steps;
    copy.#last = this.#last;
    copy.#secondLast = this.#secondLast;
    return copy;
  }

  add(segment: SeenSegment): void {
    if (segment.change?.kind === 'step' && !this.#isReturn(segment.fit, segment.change)) this.#steps++;
    this.#secondLast = this.#last;
    this.#last = segment;
  }

  /** Whether it may be the clock of before the last step, and may have stepped while packets of then were under way. */
  #isReturn(fit: ClockFit, { after }: ClockChange): boolean {
    const former = this.#secondLast?.fit;
    const change = this.#last?.change;
    if (former === undefined || change?.kind !== 'step' || after >= change.before) return false;
    const reach = (fit.highestNs - fit.lowestNs + former.highestNs - former.lowestNs) / 2;
    return Math.abs(valueAt(fit, after) - valueAt(former, after)) <= reach;
  }
}
