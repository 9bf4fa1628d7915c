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
      fc.property(cases, fc.boolean(), ([first, arrivals], isSmall) => {
        const seen = new SeenNumbers(first, undefined, isSmall);
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

  it('takes the next numbers together as it takes them one by one, wherever they begin', () => {
    // Runs are mostly a word of 32 or so, and cross the window a few times.
    const counts = fc.oneof(
      { weight: 4, arbitrary: fc.nat(70) },
      { weight: 2, arbitrary: fc.constantFrom(1, 31, 32, 33, 64) },
      { weight: 1, arbitrary: fc.integer({ min: WINDOW - 70, max: WINDOW + 70 }) },
      { weight: 1, arbitrary: fc.integer({ min: WINDOW, max: 3 * WINDOW }) },
    );
    // Before each: single numbers that leave gaps, come late, or twice.
    const jumps = fc.array(
      fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: -40, max: 40 }) },
        { weight: 1, arbitrary: fc.integer({ min: -WINDOW - 3, max: 2 * WINDOW }) },
      ),
      { maxLength: 5, size: 'max' },
    );
    const scripts = fc.array(fc.tuple(jumps, counts), { maxLength: 12, size: 'max' });
    const firsts = fc.oneof(fc.nat(100), fc.constantFrom(WINDOW - 1, WINDOW + 7, 2 ** 32 - 13, 2 ** 48 + 5));
    fc.assert(
      fc.property(firsts, scripts, fc.nat(2), fc.boolean(), (first, script, tail, isSmall) => {
        const [ownBursts, bursts] = [new LossBurstCounter(), new LossBurstCounter()];
        const [together, alone] = [
          new SeenNumbers(first, ownBursts, isSmall),
          new SeenNumbers(first, bursts, !isSmall),
        ];
        for (const [singles, count] of script) {
          for (const by of singles) {
            const number = Math.max(0, alone.next + by);
            expect(together.record(number)).toBe(alone.record(number));
          }
          together.recordNext(count);
          for (let i = 0; i < count; i++) alone.record(alone.next);
          expect(together.next).toBe(alone.next);
          // What has left the window is settled at once.
          expect(ownBursts.snapshot()).toStrictEqual(bursts.snapshot());
        }
        const sent = alone.next + tail;
        together.settle(sent);
        alone.settle(sent);
        expect(ownBursts.snapshot()).toStrictEqual(bursts.snapshot());
      }),
      { numRuns: 150 },
    );
  });

  it('settles what a run pushes out of the window, by hand', () => {
    const bursts = new LossBurstCounter();
    const seen = new SeenNumbers(5, bursts);
    // 5 and 8 to 99 are lost.
    for (const number of [6, 7, 100]) seen.record(number);
    // 101 to WINDOW + 4: the window still holds 5.
    seen.recordNext(WINDOW - 96);
    expect([seen.next, bursts.snapshot().count]).toStrictEqual([WINDOW + 5, 0]);
    seen.recordNext(1);
    expect(bursts.snapshot()).toStrictEqual({ count: 1, longest: 1, lengths: { 1: 1 } });
    // 6 and 7 leave as arrived, 8 to 39 as lost, and go on to be.
    seen.recordNext(34);
    expect(bursts.snapshot()).toStrictEqual({ count: 2, longest: 32, lengths: { 1: 1, 32: 1 } });
    seen.recordNext(WINDOW);
    // 8 to 99 are 92; 100 and all behind it arrived.
    expect(bursts.snapshot()).toStrictEqual({ count: 2, longest: 92, lengths: { 1: 1, 92: 1 } });
    // Each of the last round is known: the oldest in the window, and the newest.
    const newest = seen.next - 1;
    expect([newest, newest - WINDOW + 1, newest - WINDOW].map((number) => seen.record(number))).toStrictEqual([
      'duplicate',
      'duplicate',
      'beyond',
    ]);
  });

  it('settles losses apart that have nothing but whole words of arrivals between them', () => {
    const bursts = new LossBurstCounter();
    const seen = new SeenNumbers(0, bursts);
    // Words of 32: 0 to 31 arrive, 32 to 63 are lost, 64 to 127 arrive, 128 to 191 are lost, 192 to 223 arrive.
    seen.recordNext(32);
    for (let number = 64; number < 128; number++) seen.record(number);
    for (let number = 192; number < 224; number++) seen.record(number);
    seen.recordNext(WINDOW);
    expect(bursts.snapshot()).toStrictEqual({ count: 2, longest: 64, lengths: { 32: 1, 64: 1 } });
  });

  it('takes no next numbers at all', () => {
    const seen = new SeenNumbers(7);
    seen.recordNext(0);
    expect(seen.next).toBe(7);
    expect(seen.record(7)).toBe('new');
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
