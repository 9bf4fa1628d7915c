import fc from 'fast-check';
import { counts, WINDOW } from '../../test/sequence-counts';
import { SequenceLedger } from './sequence-ledger';

describe('SequenceLedger, of runs,', () => {
  it('books runs by hand: a gap, an overlap, one that is late', () => {
    const ledger = new SequenceLedger();
    // 0 to 3, then 6 to 9 past 4 and 5, then 8 to 11 of which 8 and 9 are known, then 4 and 5 late.
    const fresh = [
      [0, 4],
      [6, 4],
      [8, 4],
      [4, 2],
      [12, 0],
    ].map(([first, count]) => ledger.recordRun(first!, count!));
    expect(fresh).toStrictEqual([4, 4, 2, 2, 0]);
    // 6 came 5th, 4 and 5 the 11th and 12th of those that are no duplicates: 6 and 7 arrivals behind.
    expect(ledger.snapshot()).toStrictEqual(
      counts({ received: 12, expected: 12, duplicates: 2, reordered: 2, extent: { mean: 6.5, max: 7 } }),
    );
    expect(ledger.lossBursts(15)).toStrictEqual({ count: 1, longest: 3, lengths: { 3: 1 } });
  });

  it('books runs as it books their numbers one by one, however they are cut', () => {
    const lengths = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: 6 }) },
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 200 }) },
      { weight: 2, arbitrary: fc.integer({ min: WINDOW - 40, max: WINDOW + 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 2 * WINDOW, max: 3 * WINDOW }) },
    );
    // From the next number on: mostly none lost; losses; duplicates and late ones; leaps over the whole window.
    const jumps = fc.oneof(
      { weight: 5, arbitrary: fc.constant(0) },
      { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) },
      { weight: 2, arbitrary: fc.integer({ min: -300, max: 300 }) },
      { weight: 1, arbitrary: fc.integer({ min: -WINDOW - 9, max: WINDOW + 9 }) },
      { weight: 1, arbitrary: fc.constantFrom(-WINDOW - 1, -WINDOW, 1 - WINDOW, WINDOW, 3 * WINDOW) },
    );
    const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant(4 * WINDOW)), {
      minLength: 1,
      maxLength: 6,
    });
    const runs = fc.array(fc.record({ jump: jumps, length: lengths, cuts }), { maxLength: 10, size: 'max' });
    const begins = fc.constantFrom(0, 1, 31, 1000, 2 ** 32 - 50);
    fc.assert(
      fc.property(begins, runs, fc.nat(3), (begin, script, tail) => {
        const [together, alone] = [new SequenceLedger(), new SequenceLedger()];
        if (begin > 0) for (const ledger of [together, alone]) ledger.record(begin - 1);
        for (const { jump, length, cuts: sizes } of script) {
          const end = Math.max(0, alone.next + jump) + length;
          let first = end - length;
          for (let i = 0; first < end; i++) {
            const count = Math.min(sizes[i % sizes.length]!, end - first);
            let fresh = 0;
            for (let sequence = first; sequence < first + count; sequence++) {
              if (alone.record(sequence) === 'new') fresh++;
            }
            if (together.recordRun(first, count) !== fresh) throw new Error(`not ${fresh} new of ${count} at ${first}`);
            first += count;
          }
          expect([together.next, together.snapshot()]).toStrictEqual([alone.next, alone.snapshot()]);
        }
        const sent = alone.next + tail;
        expect(together.lossBursts(sent)).toStrictEqual(alone.lossBursts(sent));
      }),
      { numRuns: 40 },
    );
  });

  it('keeps losses that lie between runs, over many rounds of the window', () => {
    // Rounds of 1000 numbers, the first 0, 1, 2 .. 9 of which are lost, over and over; 4 windows are 262 144 numbers.
    const rounds = 263;
    const ledger = new SequenceLedger();
    let received = 0;
    for (let round = 0; round < rounds; round++) {
      const lost = round % 10;
      // The first behind a gap goes the slow way, the rest the fast one.
      ledger.record(1000 * round + lost);
      received += 1 + ledger.recordRun(1000 * round + lost + 1, 999 - lost);
    }
    // 26 times 45 losses, and 0 + 1 + 2.
    expect(received).toBe(1000 * rounds - 26 * 45 - 3);
    expect(ledger.snapshot()).toStrictEqual(counts({ received, expected: 1000 * rounds }));
    const lengths = { 1: 27, 2: 27, 3: 26, 4: 26, 5: 26, 6: 26, 7: 26, 8: 26, 9: 26 };
    expect(ledger.lossBursts(1000 * rounds)).toStrictEqual({ count: 236, longest: 9, lengths });
  });
});
