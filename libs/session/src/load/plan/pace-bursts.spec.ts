import { seconds } from '@pathgauge/units';
import { paceOf, paceOfAmount } from '../../../test/load-plans';
import { dueOf, ms, stepOf } from '../../../test/pace-steps';
import { dueAfter, isOver, type Pace, paceOfOmitted } from './pace';

describe('bursts', () => {
  // Five each 50 ms, 12 in all.
  const pace: Pace = { ...paceOf(ms(10), undefined), burst: 5, planned: 12 };
  it.each([
    [0, 5],
    [49.9, 5],
    [50, 10],
    [100, 12],
    [1e6, 12],
  ])('are due together, after %d ms: %d', (after, due) => {
    expect(dueOf(pace, ms(after))).toBe(due);
  });

  it('have one time', () => {
    expect([0, 4, 5, 9, 10, 11].map((index) => dueAfter(pace, index))).toStrictEqual([
      0,
      0,
      ms(50),
      ms(50),
      ms(100),
      ms(100),
    ]);
  });

  it('are given up but for the newest', () => {
    expect(stepOf(pace, ms(54))).toMatchObject({ giveUp: 5, send: 5 });
    expect(stepOf(pace, ms(54), 2)).toMatchObject({ giveUp: 3, send: 5 });
    expect(stepOf(pace, ms(999))).toMatchObject({ giveUp: 10, send: 2 });
    // Of a burst that is under way nothing is given up as long as no later one is due.
    expect(stepOf(pace, ms(49), 3)).toMatchObject({ giveUp: 0, send: 2 });
  });

  it('end when the time of all of them is over, where nothing can be sent', () => {
    expect([119, 120].map((passed) => isOver(pace, ms(passed), 3, false))).toStrictEqual([false, true]);
  });
});

it('goes on for the omitted time, whatever is planned behind it, and has a sender look again at its end', () => {
  const omitted = paceOfOmitted({ ...paceOfAmount(3, 40, ms(400)), burst: 2 }, seconds(1));
  expect(omitted).toStrictEqual({
    spacing: ms(400),
    burst: 2,
    planned: undefined,
    lastLength: undefined,
    duration: seconds(1),
  });
  // The third is due at 800 ms, the fifth would be at 1600 ms.
  expect(stepOf(omitted, ms(900), 2)).toMatchObject({ send: 2 });
  expect(stepOf(omitted, ms(900), 4)).toMatchObject({ send: 0, dueAt: seconds(1) });
});
