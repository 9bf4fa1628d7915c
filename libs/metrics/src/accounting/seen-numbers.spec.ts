import fc from 'fast-check';
import { LossBurstCounter } from './loss-bursts';
import { type ArrivalKind, SeenNumbers } from './seen-numbers';

const WINDOW = 65_536;

/** Forgets nothing, and looks no farther than the window. */
function referenceOf(first: number, arrivals: readonly number[]): { kinds: ArrivalKind[]; next: number } {
  const seen = new Set<number>();
  let next = first;
  const kinds = arrivals.map((number): ArrivalKind => {
    if (next - number > WINDOW) return 'beyond';
    if (seen.has(number)) return 'duplicate';
    seen.add(number);
    next = Math.max(next, number + 1);
    return 'new';
  });
  return { kinds, next };
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -6, max: 6 }) },
  { weight: 2, arbitrary: fc.integer({ min: -WINDOW - 3, max: WINDOW + 3 }) },
  { weight: 2, arbitrary: fc.tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom(-1, 1, 2, 3)) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * WINDOW }) },
);
/** Arrivals that lie a step from the highest one so far. */
const arrivalsFrom = (first: number, maxLength: number): fc.Arbitrary<number[]> =>
  fc.array(step, { maxLength, size: 'max' }).map((steps) => {
    let highest = first;
    return steps.map((by) => {
      const number = Math.max(0, highest + (typeof by === 'number' ? by : by[0] + by[1] * WINDOW));
      highest = Math.max(highest, number);
      return number;
    });
  });

describe('SeenNumbers', () => {
  it('tells new ones, duplicates, and those beyond the window', () => {
    const seen = new SeenNumbers(10);
    expect(seen.next).toBe(10);
    // 12 jumps over 10 and 11; 9 lies below the first, but within the window.
    const arrivals = [12, 10, 12, 10, 9, 9, 11, 13];
    const kinds = ['new', 'new', 'duplicate', 'duplicate', 'new', 'duplicate', 'new', 'new'];
    expect(arrivals.map((number) => seen.record(number))).toStrictEqual(kinds);
    expect(seen.next).toBe(14);
    // The window behind 13 + 65536 holds 14 to that; 13 was seen, and nobody knows any more.
    expect([13 + WINDOW, 13, 14, 14].map((number) => seen.record(number))).toStrictEqual([
      'new',
      'beyond',
      'new',
      'duplicate',
    ]);
    expect(seen.next).toBe(14 + WINDOW);
  });

  it('agrees with a set for steps of every length, wherever the numbers begin', () => {
    const cases = fc
      .oneof(fc.nat(10), fc.constantFrom(WINDOW, 2 ** 31, 2 ** 32 - 3, 2 ** 48))
      .chain((first) => fc.tuple(fc.constant(first), arrivalsFrom(first, 60)));
    fc.assert(
      fc.property(cases, ([first, arrivals]) => {
        const seen = new SeenNumbers(first);
        const kinds = arrivals.map((number) => seen.record(number));
        expect({ kinds, next: seen.next }).toStrictEqual(referenceOf(first, arrivals));
      }),
      { numRuns: 200 },
    );
  });

  it('settles every number once, in order', () => {
    fc.assert(
      fc.property(arrivalsFrom(0, 15), fc.nat(5), (arrivals, tail) => {
        const told: boolean[] = [];
        const bursts = new LossBurstCounter();
        bursts.record = (lost) => told.push(lost);
        bursts.lose = (count) => {
          for (let n = 0; n < count; n++) told.push(true);
        };
        const seen = new SeenNumbers(0, bursts);
        const kinds = arrivals.map((number) => seen.record(number));
        const sent = seen.next + tail;
        seen.settle(sent);
        const arrived = new Set(arrivals.filter((_, i) => kinds[i] === 'new'));
        expect(told.length).toBe(sent);
        expect(told.findIndex((lost, number) => lost === arrived.has(number))).toBe(-1);
      }),
      { numRuns: 20 },
    );
  });

  it('settles what leaves the window at once, and no other', () => {
    const bursts = new LossBurstCounter();
    const seen = new SeenNumbers(0, bursts);
    seen.record(1);
    // The window behind this still holds 1, and 0 has left it, lost.
    seen.record(WINDOW);
    expect(bursts.snapshot()).toStrictEqual({ count: 1, longest: 1, lengths: { 1: 1 } });
    // 1 leaves as arrived, 2 to 4 as lost.
    seen.record(WINDOW + 4);
    expect(bursts.snapshot()).toStrictEqual({ count: 2, longest: 3, lengths: { 1: 1, 3: 1 } });
  });

  it.each([
    ['fewer than have arrived', 1, { count: 1, longest: 1, lengths: { 1: 1 } }],
    ['as many', 2, { count: 1, longest: 1, lengths: { 1: 1 } }],
    // 0, and 2 to 4.
    ['more', 5, { count: 2, longest: 3, lengths: { 1: 1, 3: 1 } }],
  ])('settles %s', (_, sent, expected) => {
    const bursts = new LossBurstCounter();
    const seen = new SeenNumbers(0, bursts);
    seen.record(1);
    seen.settle(sent);
    expect(bursts.snapshot()).toStrictEqual(expected);
  });
});
