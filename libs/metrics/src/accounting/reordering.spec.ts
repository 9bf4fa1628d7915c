import fc from 'fast-check';
import { type ReorderCounts, Reordering } from './reordering';

const reorderingOf = (arrivals: readonly number[], window = 64): { reordering: Reordering; flags: boolean[] } => {
  const reordering = new Reordering(window);
  return { reordering, flags: arrivals.map((sequence) => reordering.record(sequence)) };
};

/**
 * RFC 4737 sections 3.3 and 4.2.1 by definition, over the whole list: reordered is what is below a number that came before
 * it; the extent is i - j for the smallest j with s[j] > s[i]. Farther behind than `window` there is no extent.
 */
function referenceOf(s: readonly number[], window: number): { flags: boolean[]; counts: ReorderCounts } {
  const extents: number[] = [];
  const flags = s.map((sequence, i) => {
    const j = s.findIndex((earlier) => earlier > sequence);
    if (j < 0 || j >= i) return false;
    if (Math.max(...s.slice(0, i)) - sequence < window) extents.push(i - j);
    return true;
  });
  const mean = extents.reduce((sum, extent) => sum + extent, 0) / extents.length;
  const extent = extents.length === 0 ? undefined : { mean, max: Math.max(...extents) };
  return { flags, counts: { reordered: flags.filter(Boolean).length, extent } };
}

describe('Reordering', () => {
  it.each<[string, number[], number[], ReorderCounts['extent']]>([
    ['nothing', [], [], undefined],
    ['in order', [0, 1, 2, 3], [], undefined],
    ['losses alone', [2, 5, 9], [], undefined],
    // The 8th arrival is 4; the first that was greater is 5, the 4th: 8 - 4.
    ['one late by four', [1, 2, 3, 5, 6, 7, 8, 4, 9, 10], [4], { mean: 4, max: 4 }],
    // The 4th arrival, 7, is the first that is greater than 4, 5 and 6, the 8th to 10th: 4, 5 and 6, 15 in all.
    ['a block behind a block', [1, 2, 3, 7, 8, 9, 10, 4, 5, 6, 11], [4, 5, 6], { mean: 5, max: 6 }],
    // 1 behind 2: 3 - 2. 3 behind 5: 5 - 4. 4 behind 5: 6 - 4.
    ['several places', [0, 2, 1, 5, 3, 4], [1, 3, 4], { mean: 4 / 3, max: 2 }],
    // One overtakes three: 2 - 1, 3 - 1, 4 - 1.
    ['one that is early', [3, 0, 1, 2, 4], [0, 1, 2], { mean: 2, max: 3 }],
    // 2 behind 3 (2 - 1), 1 behind 3 (3 - 1), 0 behind 3 (4 - 1): the earliest greater one, not the nearest.
    ['backwards', [3, 2, 1, 0], [2, 1, 0], { mean: 2, max: 3 }],
    // The distance is in arrivals: 1 is 49 numbers below, but came right behind.
    ['losses do not lengthen it', [0, 50, 1], [1], { mean: 1, max: 1 }],
  ])('%s', (_, arrivals, reordered, extent) => {
    const { reordering, flags } = reorderingOf(arrivals);
    expect(arrivals.filter((_, i) => flags[i])).toStrictEqual(reordered);
    expect(reordering.snapshot()).toStrictEqual({ reordered: reordered.length, extent });
  });

  it('behind the window there is no extent', () => {
    // A window of 4 behind 9 holds 6 to 9.
    const { reordering, flags } = reorderingOf([9, 5, 6], 4);
    expect(flags).toStrictEqual([false, true, true]);
    // 6 is the third arrival, 9 the first.
    expect(reordering.snapshot()).toStrictEqual({ reordered: 2, extent: { mean: 2, max: 2 } });
    expect(reorderingOf([9, 5], 4).reordering.snapshot()).toStrictEqual({ reordered: 1, extent: undefined });
  });

  it('agrees with the definition for any order, any losses and any window', () => {
    const shuffled = fc
      .uniqueArray(fc.nat(80), { maxLength: 60, size: 'max' })
      .chain((numbers) => fc.shuffledSubarray(numbers, { minLength: numbers.length }));
    const jittered = fc
      .array(fc.record({ gap: fc.integer({ min: 1, max: 3 }), delay: fc.nat(15) }), { maxLength: 100, size: 'max' })
      .map((packets) => {
        let sequence = -1;
        return packets
          .map(({ gap, delay }) => ({ sequence: (sequence += gap), at: sequence + delay }))
          .sort((a, b) => a.at - b.at)
          .map((packet) => packet.sequence);
      });
    fc.assert(
      fc.property(
        fc.oneof(shuffled, jittered),
        fc.oneof(fc.constant(100_000), fc.integer({ min: 1, max: 20 })),
        fc.constantFrom(0, 2 ** 32 - 20),
        (numbers, window, base) => {
          const arrivals = numbers.map((number) => base + number);
          const { reordering, flags } = reorderingOf(arrivals, window);
          const expected = referenceOf(arrivals, window);
          expect(flags).toStrictEqual(expected.flags);
          expect(reordering.snapshot()).toStrictEqual(expected.counts);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('counts the arrivals of a run into the extents', () => {
    const { reordering } = reorderingOf([0, 3]);
    reordering.recordNext(4, 5);
    // 1 is the 8th arrival, 3 was the 2nd: 6 behind. 2 is the 9th.
    expect([reordering.record(1), reordering.record(2)]).toStrictEqual([true, true]);
    expect(reordering.snapshot()).toStrictEqual({ reordered: 2, extent: { mean: 6.5, max: 7 } });
    // 9 is next; 8 would have been reordered.
    expect(reordering.record(9)).toBe(false);
  });

  it('takes runs of the next numbers as it takes them one by one', () => {
    const steps = fc.oneof(
      fc.record({ jump: fc.integer({ min: -30, max: 30 }), run: fc.constant(0) }),
      fc.record({
        jump: fc.constant(0),
        run: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 200 })),
      }),
    );
    const windows = fc.oneof(fc.constant(1000), fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 60, size: 'max' }), windows, (script, window) => {
        // Also whether room is made at once or by need does not show.
        const [together, alone] = [new Reordering(window), new Reordering(window, 1)];
        let next = 0;
        // A number counts once.
        const seen = new Set<number>();
        for (const { jump, run } of script) {
          if (run === 0) {
            const sequence = Math.max(0, next + jump);
            alone.makeRoom(sequence + 1);
            if (!seen.has(sequence)) expect(together.record(sequence)).toBe(alone.record(sequence));
            seen.add(sequence);
            next = Math.max(next, sequence + 1);
          } else {
            together.recordNext(next, run);
            alone.makeRoom(next + run);
            for (let i = 0; i < run; i++, next++) {
              seen.add(next);
              alone.record(next);
            }
          }
          expect(together.snapshot()).toStrictEqual(alone.snapshot());
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not change a snapshot already taken', () => {
    const { reordering } = reorderingOf([1, 0]);
    const before = reordering.snapshot();
    reordering.record(5);
    reordering.record(4);
    reordering.record(2);
    expect(before).toStrictEqual({ reordered: 1, extent: { mean: 1, max: 1 } });
  });
});
