import { milliseconds, type Span, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { dueAfter, dueMessages, isAlmostOver, missedMessages, owedMessages, paceOf } from './pace';

describe('paceOf', () => {
  it.each([
    // A message at 0, 1, ... 9 s; the one at 10 s is no longer within.
    ['one a second for 10 s', seconds(1), seconds(10), 10],
    ['a time that is no multiple', milliseconds(300), seconds(1), 4],
    ['a spacing longer than the load', seconds(60), seconds(1), 1],
    ['no time at all', seconds(1), seconds(0), 1],
    ['no end', seconds(1), undefined, undefined],
    ['no spacing', undefined, seconds(10), undefined],
  ])('plans %s', (_, spacing, duration, planned) => {
    expect(paceOf(spacing, duration)).toStrictEqual({ spacing, planned });
  });
});

describe('dueMessages', () => {
  const pace = paceOf(milliseconds(20), milliseconds(100));
  it.each([
    [0, 1],
    [19.999_999, 1],
    [20, 2],
    [80, 5],
    [99, 5],
    // Planned are 5, whatever the delay.
    [100, 5],
    [1e6, 5],
  ])('after %d ms: %d', (ms, due) => {
    expect(dueMessages(pace, milliseconds(ms))).toBe(due);
  });

  it('goes on for ever without an end, and has no bound without a spacing', () => {
    expect(dueMessages(paceOf(milliseconds(20), undefined), seconds(1000))).toBe(50_001);
    expect(dueMessages(paceOf(undefined, seconds(1)), span(0))).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('dueAfter', () => {
  it('is a multiple of the spacing, or at once', () => {
    expect(dueAfter(paceOf(milliseconds(20), undefined), 0)).toBe(0);
    expect(dueAfter(paceOf(milliseconds(20), undefined), 7)).toBe(140e6);
    expect(dueAfter(paceOf(undefined, seconds(1)), 7)).toBe(0);
  });

  it('agrees with the count of messages due: one more from its moment on, to a nanosecond', () => {
    const spacings = fc.oneof(fc.integer({ min: 10, max: 1e9 }), fc.double({ min: 10, max: 1e7, noNaN: true }));
    fc.assert(
      fc.property(spacings, fc.nat(1e6), (spacing, index) => {
        const pace = paceOf(spacing as Span, undefined);
        const due = dueAfter(pace, index);
        expect(dueMessages(pace, span(due + 1))).toBe(index + 1);
        if (index > 0) expect(dueMessages(pace, span(due - 1))).toBe(index);
      }),
    );
  });
});

describe('owedMessages', () => {
  const pace = paceOf(milliseconds(2), milliseconds(20));
  it.each([
    ['at once', 0, 1],
    ['in mid-run', 7, 4],
    ['at the end', 20, 10],
    ['long after it', 500, 10],
  ])('are all that were due %s, however lately', (_, passedMs, owed) => {
    expect(owedMessages(pace, milliseconds(passedMs))).toBe(owed);
  });

  it('are none of a load without a pace', () => {
    expect(owedMessages(paceOf(undefined, milliseconds(20)), milliseconds(7))).toBe(0);
  });
});

describe('isAlmostOver', () => {
  // Ten messages; the last is due at 1800 ms.
  const pace = paceOf(milliseconds(200), seconds(2));
  it.each([
    [0, false],
    [1699, false],
    [1700, true],
    [1799, true],
    // It is due, and sent or given up.
    [1800, false],
    [5000, false],
  ])('at %d ms: %s', (passedMs, expected) => {
    expect(isAlmostOver(pace, milliseconds(passedMs))).toBe(expected);
  });

  it('is never true of a load without a pace, or without an end', () => {
    expect(isAlmostOver(paceOf(undefined, seconds(2)), milliseconds(1999))).toBe(false);
    expect(isAlmostOver(paceOf(milliseconds(200), undefined), milliseconds(1799))).toBe(false);
  });
});

describe('missedMessages', () => {
  const pace = paceOf(milliseconds(1), milliseconds(100));
  it.each([
    [0, 0],
    [4.9, 0],
    // At 5 ms the first has had its time; those of 1 to 5 have not.
    [5, 1],
    [50.5, 46],
    // The newest is always sent.
    [104, 99],
    [1e6, 99],
  ])('are those due 5 ms ago, after %d ms: %d', (ms, missed) => {
    expect(missedMessages(pace, milliseconds(ms))).toBe(missed);
  });

  it('are all but the newest of messages that are far apart, and none of a load without a pace', () => {
    expect(missedMessages(paceOf(milliseconds(100), undefined), milliseconds(390))).toBe(3);
    expect(missedMessages(paceOf(milliseconds(100), undefined), milliseconds(90))).toBe(0);
    expect(missedMessages(paceOf(undefined, undefined), seconds(9))).toBe(0);
  });
});
