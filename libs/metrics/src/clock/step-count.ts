import type { ClockFit } from './clock-fit';
import { type ClockChange, valueAt } from './clock-line';

interface SeenSegment {
  readonly fit: ClockFit;
  readonly change: ClockChange | undefined;
}

/**
 * Counts the steps of a clock. Where packets overtake each other while it steps, the clock is read in another order than that of
 * sending. The segments then go to and fro between the clock of before and that of after; that is one step.
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

  /** Whether a segment may show the clock of before the last step, read by packets that were under way during the step. */
  #isReturn(fit: ClockFit, { after }: ClockChange): boolean {
    const former = this.#secondLast?.fit;
    const change = this.#last?.change;
    if (former === undefined || change?.kind !== 'step' || after >= change.before) return false;
    const reach = (fit.highestNs - fit.lowestNs + former.highestNs - former.lowestNs) / 2;
    return Math.abs(valueAt(fit, after) - valueAt(former, after)) <= reach;
  }
}
