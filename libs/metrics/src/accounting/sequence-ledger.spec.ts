import type { LossBursts } from '@pathgauge/result';
import fc from 'fast-check';
import { counts, WINDOW } from '../../test/sequence-counts';
import { type SequenceCounts, SequenceLedger } from './sequence-ledger';

const ledgerOf = (arrivals: Iterable<number>): SequenceLedger => {
  const ledger = new SequenceLedger();
  for (const sequence of arrivals) ledger.record(sequence);
  return ledger;
};

/** Forgets nothing: every number that ever arrived is in the set, and the arrivals that count in a list. */
function referenceOf(arrivals: readonly number[]): SequenceCounts {
  const seen = new Set<number>();
  const order: number[] = [];
  const extents: number[] = [];
  let highest = -1;
  let duplicates = 0;
  let beyondWindow = 0;
  for (const sequence of arrivals) {
    if (highest - sequence >= WINDOW) beyondWindow++;
    else if (seen.has(sequence)) duplicates++;
    else {
      // RFC 4737 section 4.2.1: back to the earliest arrival with a larger number.
      const passedBy = order.findIndex((earlier) => earlier > sequence);
      if (passedBy >= 0) extents.push(order.length - passedBy);
      seen.add(sequence);
      order.push(sequence);
      highest = Math.max(highest, sequence);
    }
  }
  const mean = extents.reduce((sum, extent) => sum + extent, 0) / extents.length;
  const extent = extents.length === 0 ? undefined : { mean, max: Math.max(...extents) };
  return { received: seen.size, duplicates, reordered: extents.length, extent, expected: highest + 1, beyondWindow };
}

/** Runs of numbers below `sent` that are in none of the arrivals. */
function burstsOf(arrived: ReadonlySet<number>, sent: number): LossBursts {
  const runs: number[] = [];
  let run = 0;
  for (let sequence = 0; sequence <= sent; sequence++) {
    if (sequence < sent && !arrived.has(sequence)) run++;
    else if (run > 0) {
      runs.push(run);
      run = 0;
    }
  }
  const lengths: Record<string, number> = {};
  for (const length of runs) {
    const key = length > 1024 ? '1025+' : String(length);
    lengths[key] = (lengths[key] ?? 0) + 1;
  }
  return { count: runs.length, longest: Math.max(0, ...runs), lengths };
}

describe('SequenceLedger', () => {
  it.each<[string, number[], Partial<SequenceCounts>]>([
    ['nothing', [], {}],
    ['in order', [0, 1, 2, 3], { received: 4, expected: 4 }],
    ['a loss', [0, 1, 3], { received: 3, expected: 4 }],
    ['the first one lost', [1], { received: 1, expected: 2 }],
    // RFC 4737 section 3.3: NextExp is 1, 2, 5, 5 (3 < 5), 5 (2 < 5), 6. Two are reordered, 1 and 2 arrivals behind 4.
    ['reordering', [0, 1, 4, 3, 2, 5], { received: 6, expected: 6, reordered: 2, extent: { mean: 1.5, max: 2 } }],
    // A single packet that overtakes three makes all three of them reordered.
    ['overtaking', [3, 0, 1, 2], { received: 4, expected: 4, reordered: 3, extent: { mean: 2, max: 3 } }],
    ['duplicates', [0, 1, 1, 0, 0], { received: 2, expected: 2, duplicates: 3 }],
    [
      'the duplicate of a reordered one',
      [0, 2, 1, 1],
      { received: 3, expected: 3, reordered: 1, extent: { mean: 1, max: 1 }, duplicates: 1 },
    ],
    [
      'the far edge of the window',
      [WINDOW - 1, 0],
      { received: 2, expected: WINDOW, reordered: 1, extent: { mean: 1, max: 1 } },
    ],
    ['beyond the window', [WINDOW, 0, 0], { received: 1, expected: WINDOW + 1, beyondWindow: 2 }],
    [
      'a jump of exactly the window, onto the slot of 0',
      [0, WINDOW, WINDOW, WINDOW - 1],
      { received: 3, expected: WINDOW + 1, duplicates: 1, reordered: 1, extent: { mean: 1, max: 1 } },
    ],
    [
      'a jump far beyond the window: nothing of the old round is remembered',
      [5, 6, 7, 7 + 9 * WINDOW, 6 + 9 * WINDOW, 5 + 8 * WINDOW],
      {
        received: 5,
        expected: 8 + 9 * WINDOW,
        reordered: 1,
        extent: { mean: 1, max: 1 },
        beyondWindow: 1,
      },
    ],
    [
      'across 2^32',
      [2 ** 32 - 2, 2 ** 32 + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 32],
      { received: 4, expected: 2 ** 32 + 2, duplicates: 1, reordered: 2, extent: { mean: 1.5, max: 2 } },
    ],
    ['close to 2^53', [2 ** 53 - 3, 2 ** 53 - 2, 2 ** 53 - 2], { received: 2, expected: 2 ** 53 - 1, duplicates: 1 }],
  ])('%s', (_, arrivals, expected) => {
    expect(ledgerOf(arrivals).snapshot()).toStrictEqual(counts(expected));
  });

  it('agrees with a set for steps of every length, wherever the numbers begin', () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -6, max: 6 }) },
      { weight: 2, arbitrary: fc.integer({ min: -WINDOW - 3, max: WINDOW + 3 }) },
      {
        weight: 2,
        arbitrary: fc.integer({ min: -2, max: 2 }).chain((by) => fc.constantFrom(by + WINDOW, by - WINDOW)),
      },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 * WINDOW }) },
    );
    const begins = fc.oneof(fc.nat(10), fc.constantFrom(2 ** 31, 2 ** 32 - 3, 2 ** 48));
    fc.assert(
      fc.property(begins, fc.array(step, { maxLength: 100 }), (begin, steps) => {
        let highest = begin;
        const arrivals = steps.map((by) => {
          const sequence = Math.max(0, highest + by);
          highest = Math.max(highest, sequence);
          return sequence;
        });
        const ledger = ledgerOf(arrivals);
        const reference = referenceOf(arrivals);
        expect(ledger.snapshot()).toStrictEqual(reference);
      }),
      { numRuns: 200 },
    );
  });

  it('received + lost = sent, for every order, loss and duplication', () => {
    const fates = fc.array(fc.record({ copies: fc.nat(3), delay: fc.nat(1000) }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(fates, (sent) => {
        const arrivals = sent
          .flatMap(({ copies, delay }, sequence) =>
            Array.from({ length: copies }, (_, copy) => ({ sequence, at: sequence + delay * (copy + 1) })),
          )
          .sort((a, b) => a.at - b.at);
        // One last packet says how many there were.
        const ledger = ledgerOf([...arrivals.map(({ sequence }) => sequence), sent.length]);
        const lost = sent.filter(({ copies }) => copies === 0).length;
        const { received, expected, duplicates } = ledger.snapshot();
        expect(expected).toBe(sent.length + 1);
        expect(received + lost).toBe(sent.length + 1);
        expect(received + duplicates).toBe(arrivals.length + 1);
      }),
    );
  });

  it('losses in runs, over jumps of every length and behind the last one', () => {
    const jump = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: -5, max: 5 }) },
      { weight: 1, arbitrary: fc.integer({ min: 1020, max: 1030 }) },
      { weight: 1, arbitrary: fc.integer({ min: -WINDOW, max: WINDOW }) },
      { weight: 1, arbitrary: fc.tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom(1, 2, 3)) },
    );
    fc.assert(
      fc.property(fc.array(jump, { maxLength: 40, size: 'max' }), fc.constantFrom(0, 1, 7, 2000), (jumps, tail) => {
        const ledger = new SequenceLedger();
        const arrived = new Set<number>();
        let highest = 0;
        for (const by of jumps) {
          const sequence = Math.max(0, highest + (typeof by === 'number' ? by : by[0] + by[1] * WINDOW));
          if (ledger.record(sequence) === 'new') arrived.add(sequence);
          highest = Math.max(highest, sequence);
        }
        const sent = ledger.snapshot().expected + tail;
        const bursts = ledger.lossBursts(sent);
        expect(bursts).toStrictEqual(burstsOf(arrived, sent));
      }),
      { numRuns: 30 },
    );
  });

  it('remembers a whole window of arrivals over many rounds', () => {
    const ledger = new SequenceLedger();
    // Every third number is lost; the others come twice, the second time as late as the window allows.
    const sent = 4 * WINDOW + 1;
    let copies = 0;
    for (let sequence = 0; sequence < sent; sequence++) {
      const oldest = sequence - WINDOW + 1;
      if (sequence % 3 !== 0) {
        ledger.record(sequence);
        if (oldest >= 0 && oldest % 3 !== 0) {
          ledger.record(oldest);
          copies++;
        }
      }
    }
    const kept = sent - Math.ceil(sent / 3);
    expect(ledger.snapshot()).toStrictEqual(counts({ received: kept, expected: sent, duplicates: copies }));
  });

  it('takes nothing of the round before for an arrival of this one', () => {
    // A full round in order, then every second number late by one: 1 0 3 2 ..., each in a slot that was in use.
    const ledger = ledgerOf(Array.from({ length: WINDOW }, (_, sequence) => sequence));
    for (let sequence = WINDOW; sequence < 2 * WINDOW; sequence += 2) {
      ledger.record(sequence + 1);
      ledger.record(sequence);
    }
    expect(ledger.snapshot()).toStrictEqual(
      counts({ received: 2 * WINDOW, expected: 2 * WINDOW, reordered: WINDOW / 2, extent: { mean: 1, max: 1 } }),
    );
  });

  it('says what arrives next', () => {
    const ledger = new SequenceLedger();
    expect(ledger.next).toBe(0);
    // Only the highest number counts.
    const nexts = [4, 2, 4, 9, WINDOW + 20, 0].map((sequence) => {
      ledger.record(sequence);
      return ledger.next;
    });
    expect(nexts).toStrictEqual([5, 5, 5, 10, WINDOW + 21, WINDOW + 21]);
    ledger.recordRun(WINDOW + 21, 3);
    expect(ledger.next).toBe(WINDOW + 24);
  });

  it('does not change a snapshot already taken', () => {
    const ledger = ledgerOf([0, 2, 1, 1]);
    const before = ledger.snapshot();
    ledger.record(9);
    ledger.record(3);
    expect(before).toStrictEqual(
      counts({ received: 3, expected: 3, duplicates: 1, reordered: 1, extent: { mean: 1, max: 1 } }),
    );
  });
});
