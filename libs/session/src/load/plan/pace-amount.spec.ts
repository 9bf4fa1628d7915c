import { seconds } from '@pathgauge/units';
import { paceOf, paceOfAmount } from '../../../test/load-plans';
import { ms, stepOf } from '../../../test/pace-steps';
import { isOver, lastBytes, owedWhenStopped, type Pace, slipOf } from './pace';

describe('an exact amount', () => {
  const pace = paceOfAmount(10, 40, ms(10));
  it('gives up nothing, however late, and owes nothing when it is stopped', () => {
    expect(stepOf(pace, seconds(9), 4)).toMatchObject({ isOver: false, giveUp: 0, send: 6 });
    expect(stepOf(pace, seconds(9), 4, false)).toMatchObject({ isOver: false, giveUp: 0, send: 0 });
    expect(owedWhenStopped(paceOfAmount(100, 40, ms(10)), ms(55), 4)).toBe(0);
  });

  it('is over with its last message, or with a time that bounds it', () => {
    expect([9, 10].map((settled) => isOver(pace, seconds(9), settled))).toStrictEqual([false, true]);
    const bound: Pace = { ...pace, duration: seconds(1) };
    expect([999, 1000].map((passed) => isOver(bound, ms(passed), 4))).toStrictEqual([false, true]);
  });

  it('is all due at once without a spacing', () => {
    expect(stepOf(paceOfAmount(10, 40), ms(1), 3)).toMatchObject({ send: 7, giveUp: 0 });
    expect(stepOf(paceOfAmount(0, 40), ms(1))).toMatchObject({ isOver: true, send: 0 });
  });

  it('slips by what is too late to be caught up with', () => {
    // Message 4 was due at 40 ms; 5 ms later it can still be caught up with.
    expect([40, 45, 46, 140].map((passed) => slipOf(pace, ms(passed), 4))).toStrictEqual([0, 0, ms(1), ms(95)]);
    expect(slipOf(paceOf(ms(10), seconds(1)), ms(140), 4)).toBe(0);
    expect(slipOf(paceOfAmount(10, 40), ms(140), 4)).toBe(0);
  });

  it('has a last message of its own length', () => {
    expect(
      [
        [0, 9],
        [8, 2],
        [9, 1],
        [0, 99],
      ].map(([first = 0, count = 0]) => lastBytes(pace, 100, first, count)),
    ).toStrictEqual([100, 40, 40, 40]);
    expect(lastBytes(paceOf(ms(10), ms(100)), 100, 9, 1)).toBe(100);
  });
});
