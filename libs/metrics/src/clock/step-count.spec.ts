import type { ClockFit } from './clock-fit';
import type { ClockChange } from './clock-line';
import { StepCount } from './step-count';

/** A level line at `offsetNs`, which any between `lowestNs` and `highestNs` fits as well. */
const fitAt = (offsetNs: number): ClockFit =>
  ({ middle: 0, slope: 0, offsetNs, lowestNs: offsetNs - 10, highestNs: offsetNs + 10 }) as ClockFit;
const step = (after: number, before: number): ClockChange => ({ kind: 'step', after, before });

function stepsOf(...segments: readonly (readonly [number, ClockChange?])[]): number {
  const count = new StepCount();
  for (const [offsetNs, change] of segments) count.add({ fit: fitAt(offsetNs), change });
  return count.steps;
}

describe('StepCount', () => {
  it.each([
    ['there is none', 0, [[0]]],
    ['the pace changed', 0, [[0], [5, { kind: 'pace', after: 1, before: 2 }]]],
    ['it stepped twice', 2, [[0], [1000, step(10, 20)], [2000, step(30, 40)]]],
    ['it stepped forth and back, one behind the other', 2, [[0], [1000, step(10, 20)], [0, step(30, 40)]]],
    // Sent before the first step was over, and read by the clock of before it: overtaken on the way.
    ['a packet of before the step is read behind one of after it', 1, [[0], [1000, step(10, 20)], [0, step(15, 40)]]],
    ['and the clock of after it goes on', 1, [[0], [1000, step(10, 20)], [0, step(15, 40)], [1000, step(16, 50)]]],
    // 20 is what the lines leave open, together: half of the width of both.
    ['it returns to within what is open', 1, [[0], [1000, step(10, 20)], [20, step(15, 40)]]],
    ['it returns to somewhere else', 2, [[0], [1000, step(10, 20)], [21, step(15, 40)]]],
  ] as const)('%s: %d', (_, steps, segments) => {
    expect(stepsOf(...(segments as readonly (readonly [number, ClockChange?])[]))).toBe(steps);
  });

  it('goes on apart from a copy', () => {
    const count = new StepCount();
    count.add({ fit: fitAt(0), change: undefined });
    count.add({ fit: fitAt(1000), change: step(10, 20) });
    const copy = count.copy();
    copy.add({ fit: fitAt(0), change: step(15, 40) });
    copy.add({ fit: fitAt(5000), change: step(50, 60) });
    expect([count.steps, copy.steps]).toStrictEqual([1, 2]);
  });
});
