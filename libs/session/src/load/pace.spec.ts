import { milliseconds, type Span, seconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { dueAfter, dueAtEnd, dueMessages, missedMessages, paceOf } from './pace';

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
  ])('after %d ms: %d', (ms, missed) => {
    expect(missedMessages(pace, milliseconds(ms))).toBe(missed);
  });

  it('leaves the newest of messages that are far apart, and all that have no pace', () => {
    expect(missedMessages(paceOf(milliseconds(100), undefined), milliseconds(390))).toBe(3);
    expect(missedMessages(paceOf(milliseconds(100), undefined), milliseconds(90))).toBe(0);
    expect(missedMessages(paceOf(undefined, undefined), seconds(9))).toBe(0);
  });
});

describe('dueAtEnd', () => {
  it('is all that should have left, and nothing without a pace', () => {
    expect(dueAtEnd(paceOf(milliseconds(1), milliseconds(100)), milliseconds(50))).toBe(51);
    expect(dueAtEnd(paceOf(undefined, undefined), seconds(9))).toBe(0);
  });
});
