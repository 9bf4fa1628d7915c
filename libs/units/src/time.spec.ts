import fc from 'fast-check';
import {
  elapsed,
  instant,
  after as instantAfter,
  milliseconds,
  NS_PER_MS,
  NS_PER_S,
  NS_PER_US,
  seconds,
  span,
} from './time';

describe('time', () => {
  it.each([
    ['a microsecond', NS_PER_US, 1_000],
    ['a millisecond', NS_PER_MS, 1_000_000],
    ['a second', NS_PER_S, 1_000_000_000],
    ['span', span(-7), -7],
    ['milliseconds', milliseconds(20), 20_000_000],
    ['a fraction of a millisecond', milliseconds(0.25), 250_000],
    ['a negative span', milliseconds(-3), -3_000_000],
    ['seconds', seconds(2.5), 2_500_000_000],
    ['104 days', seconds(104 * 86_400), 8_985_600_000_000_000],
    ['from an earlier to a later instant', elapsed(instant(100), instant(350)), 250],
    ['from a later to an earlier instant', elapsed(instant(350), instant(100)), -250],
    ['after a moment', instantAfter(instant(100), span(250)), 350],
    ['after a negative span', instantAfter(instant(100), span(-250)), -150],
  ])('%s', (_, actual, expected) => {
    expect(actual).toBe(expected);
  });

  it('after and elapsed undo each other', () => {
    const exact = fc.integer({ min: -(2 ** 52), max: 2 ** 52 });
    fc.assert(
      fc.property(exact, exact, (at, by) => {
        expect(elapsed(instant(at), instantAfter(instant(at), span(by)))).toBe(by);
      }),
    );
  });
});
