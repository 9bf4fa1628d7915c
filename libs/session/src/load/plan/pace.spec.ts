import { type Span, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { paceOf } from '../../../test/load-plans';
import { dueOf, ms, stepOf } from '../../../test/pace-steps';
import { MAX_CATCH_UP } from '../../host-stalls';
import { dueAfter, isOver, mostDueTogether, owedWhenStopped, type Pace, plannedMessages, type Step } from './pace';

describe('what is due together', () => {
  it('has a bound', () => {
    const paces = fc.record({
      spacing: fc.integer({ min: 1_000, max: 100_000_000 }),
      burst: fc.integer({ min: 1, max: 20 }),
      settled: fc.nat(1_000),
      passed: fc.nat(1e9),
    });
    fc.assert(
      fc.property(paces, ({ spacing, burst, settled, passed }) => {
        const pace = { ...paceOf(span(spacing), undefined), burst };
        expect(stepOf(pace, span(passed), settled).send).toBeLessThanOrEqual(mostDueTogether(pace));
      }),
    );
    const pace = { ...paceOf(ms(1), undefined), burst: 2 };
    // Due at 0, 2, 4 and 6 ms; what was due at 0 has had its time.
    expect([stepOf(pace, ms(6)).send, mostDueTogether(pace)]).toStrictEqual([6, 8]);
    expect(mostDueTogether(paceOf(undefined, undefined))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('what is due', () => {
  const pace = paceOf(ms(20), ms(100));
  it.each([
    [0, 1],
    [19.999_999, 1],
    [20, 2],
    [80, 5],
    [99, 5],
    // Planned are 5, whatever the delay.
    [100, 5],
    [1e6, 5],
  ])('after %d ms: %d', (after, due) => {
    expect(dueOf(pace, ms(after))).toBe(due);
  });

  it('goes on for ever without an end, and has no bound without a spacing', () => {
    expect(dueOf(paceOf(ms(20), undefined), seconds(1000))).toBe(50_001);
    expect(stepOf(paceOf(undefined, seconds(1)), span(0))).toStrictEqual({
      isOver: false,
      giveUp: 0,
      send: Number.POSITIVE_INFINITY,
      dueAt: 0,
    });
  });
});

describe('dueAfter', () => {
  it('is a multiple of the spacing, or at once', () => {
    expect(dueAfter(paceOf(ms(20), undefined), 0)).toBe(0);
    expect(dueAfter(paceOf(ms(20), undefined), 7)).toBe(140e6);
    expect(dueAfter(paceOf(undefined, seconds(1)), 7)).toBe(0);
  });

  it('agrees with the count of messages due: one more from its moment on, to a nanosecond', () => {
    const spacings = fc.oneof(fc.integer({ min: 10, max: 1e9 }), fc.double({ min: 10, max: 1e7, noNaN: true }));
    fc.assert(
      fc.property(spacings, fc.nat(1e6), (spacing, index) => {
        const pace = paceOf(spacing as Span, undefined);
        const due = dueAfter(pace, index);
        expect(dueOf(pace, span(due + 1))).toBe(index + 1);
        if (index > 0) expect(dueOf(pace, span(due - 1))).toBe(index);
      }),
    );
  });
});

describe('what is given up', () => {
  const pace = paceOf(ms(1), ms(100));
  it.each([
    [0, 0],
    [4.9, 0],
    // At 5 ms the first has had its time; those of 1 to 5 have not.
    [5, 1],
    [50.5, 46],
    // The newest is always sent.
    [104, 99],
    [1e6, 99],
  ])('is what was due 5 ms ago, after %d ms: %d', (after, giveUp) => {
    expect(stepOf(pace, ms(after)).giveUp).toBe(giveUp);
  });

  it('is nothing of what was sent, and nothing twice', () => {
    expect(stepOf(pace, ms(50.5), 40)).toMatchObject({ giveUp: 6, send: 5 });
    expect(stepOf(pace, ms(50.5), 46)).toMatchObject({ giveUp: 0, send: 5 });
    expect(stepOf(pace, ms(50.5), 51)).toMatchObject({ giveUp: 0, send: 0, dueAt: ms(51) });
  });

  it('is all but the newest of messages that are far apart, and nothing of a load without a spacing', () => {
    expect(stepOf(paceOf(ms(100), undefined), ms(390)).giveUp).toBe(3);
    expect(stepOf(paceOf(ms(100), undefined), ms(90)).giveUp).toBe(0);
    expect(stepOf(paceOf(undefined, undefined), seconds(9)).giveUp).toBe(0);
  });

  it('is all of it where nothing can be sent and the load is over', () => {
    expect(stepOf(pace, ms(99.9), 10, false)).toMatchObject({ isOver: false, giveUp: 85, send: 0 });
    expect(stepOf(pace, ms(100), 95, false)).toMatchObject({ isOver: true, giveUp: 5, send: 0 });
  });
});

describe('the stop rule', () => {
  const planned = paceOf(ms(20), ms(100));
  const timed = paceOf(undefined, ms(100));
  const endless = paceOf(ms(20), undefined);
  it.each<[string, Pace, number, number, boolean]>([
    ['all but one of a plan', planned, 1e6, 4, false],
    ['all of a plan', planned, 80, 5, true],
    // A write may hold more than was asked for, of messages that have no number of their own.
    ['more than a plan', planned, 80, 6, true],
    ['a load whose time is not over', timed, 99.9, 1e6, false],
    ['a load whose time is over', timed, 100, 0, true],
    ['a load without an end', endless, 1e9, 1e6, false],
    // A server that is asked for no time stops after a day, also with a spacing.
    ['a paced load with a time and no plan', { ...endless, duration: ms(100) }, 100, 5, true],
  ])('%s', (_, pace, passed, settled, expected) => {
    expect(isOver(pace, ms(passed), settled)).toBe(expected);
    expect(stepOf(pace, ms(passed), settled).isOver).toBe(expected);
  });

  it.each([
    [99.9, false],
    [100, true],
  ])('of a sender that cannot send, at %d ms: %p', (passed, expected) => {
    expect(isOver(planned, ms(passed), 3, false)).toBe(expected);
    expect(isOver(planned, ms(passed), 3)).toBe(false);
  });

  const anyPace = fc
    .tuple(fc.integer({ min: 1_000, max: 1e8 }), fc.integer({ min: 1, max: 500 }))
    .map(([spacing, count]) => paceOf(span(spacing), span(spacing * count)));

  it('holds for every sender, however late it looks and however little it sends at once: it ends, and settles each once', () => {
    fc.assert(
      fc.property(
        anyPace,
        fc.array(fc.tuple(fc.nat(2e7), fc.integer({ min: 1, max: 40 }), fc.boolean()), { maxLength: 60 }),
        (pace, looks) => {
          const planned = pace.planned as number;
          let [passed, sent, givenUp] = [0, 0, 0];
          const look = (most: number, canSend: boolean): Step => {
            const step = stepOf(pace, span(passed), sent + givenUp, canSend);
            givenUp += step.giveUp;
            const firstSent = sent + givenUp;
            const count = Math.min(step.send, most);
            // Nothing is sent before it is due, and nothing that has had its time but the newest.
            for (let i = firstSent; i < firstSent + count; i++) {
              expect(dueAfter(pace, i)).toBeLessThanOrEqual(passed + 1);
              expect(passed - dueAfter(pace, i) < MAX_CATCH_UP || i === dueOf(pace, span(passed)) - 1).toBe(true);
            }
            sent += count;
            expect(sent + givenUp).toBeLessThanOrEqual(planned);
            return step;
          };
          for (const [by, most, canSend] of looks) {
            passed += by;
            look(most, canSend);
          }
          passed = Math.max(passed, dueAfter(pace, planned));
          while (!isOver(pace, span(passed), sent + givenUp)) look(1, true);
          expect(sent + givenUp).toBe(planned);
        },
      ),
    );
  });

  it('has a sender look again when something is due, and not before', () => {
    fc.assert(
      fc.property(anyPace, fc.nat(1e9), (pace, passed) => {
        const step = stepOf(pace, span(passed));
        const settled = step.giveUp + step.send;
        const { isOver: over, send, giveUp, dueAt } = stepOf(pace, span(passed), settled);
        if (over) return;
        expect([send, giveUp]).toStrictEqual([0, 0]);
        expect(dueAt).toBeGreaterThan(passed);
        expect(stepOf(pace, dueAt, settled).send).toBe(1);
      }),
    );
  });

  it('gives the same up whether a sender that cannot send looks often or once', () => {
    fc.assert(
      fc.property(anyPace, fc.array(fc.nat(1e9), { minLength: 1 }), (pace, looks) => {
        const inOrder = [...looks].sort((a, b) => a - b);
        const often = inOrder.reduce((sum, at) => sum + stepOf(pace, span(at), sum, false).giveUp, 0);
        expect(often).toBe(stepOf(pace, span(inOrder.at(-1) as number), 0, false).giveUp);
      }),
    );
  });
});

describe('owedWhenStopped', () => {
  const pace = paceOf(ms(2), ms(200));
  it.each([
    ['at once', 0, 0, 1],
    ['in mid-run', 7, 0, 4],
    ['in mid-run, of which some have left', 7, 3, 1],
    ['at the end', 200, 90, 10],
    ['long after it', 500, 90, 10],
    ['when all have left', 500, 100, 0],
  ])('is what was due %s, however lately', (_, passed, settled, owed) => {
    expect(owedWhenStopped(pace, ms(passed), settled)).toBe(owed);
  });

  it('is nothing of a load without a spacing', () => {
    expect(owedWhenStopped(paceOf(undefined, ms(20)), ms(7), 0)).toBe(0);
  });

  // Ten messages; the last is due at 1800 ms.
  const slow = paceOf(ms(200), seconds(2));
  it.each([
    [0, false],
    [1699, false],
    [1700, true],
    [1799, true],
    // It is due, and sent or given up.
    [1800, false],
    [5000, false],
  ])('leaves the rest of a load alone that is about to be over, at %d ms: %s', (passed, expected) => {
    expect(owedWhenStopped(slow, ms(passed), 0) === undefined).toBe(expected);
  });

  it('leaves none alone without a spacing, or without an end', () => {
    expect(owedWhenStopped(paceOf(undefined, seconds(2)), ms(1999), 0)).toBe(0);
    expect(owedWhenStopped(paceOf(ms(200), undefined), ms(1799), 0)).toBe(9);
  });
});

describe('plannedMessages', () => {
  it.each<[string, number | undefined, number | undefined, number | undefined]>([
    ['one each spacing', 1e6, 10e6, 10],
    ['one more where a rest is left', 1e6, 10_000_001, 11],
    ['none more for a rounding', 1e6 / 3, 1e6, 3],
    ['one at the least', 1e9, 1e6, 1],
    ['unknown where the path decides', undefined, 1e9, undefined],
    ['unknown without an end', 1e6, undefined, undefined],
  ])('is %s', (_, spacing, duration, expected) => {
    expect(plannedMessages(spacing as Span | undefined, duration as Span | undefined, 1)).toBe(expected);
  });

  it('is as many bursts as begin in the time', () => {
    // 25 messages take 25 ms at 1 ms each; a burst of 10 leaves each 10 ms.
    expect(plannedMessages(ms(1), ms(25), 10)).toBe(30);
    expect(plannedMessages(ms(1), ms(20), 10)).toBe(20);
  });
});
