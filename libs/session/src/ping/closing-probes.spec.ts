import { instant, milliseconds, seconds } from '@pathgauge/units';
import fc from 'fast-check';
import { ClosingProbes, closingPlan } from './closing-probes';

const ms = milliseconds;
const WRAP = 2 ** 32;

/** Closing probes behind a run of `sent`, `count` of them booked at 1, 2, 3 ... ns. */
const booked = (sent: number, count: number) => {
  const probes = new ClosingProbes(sent);
  const sequences = Array.from({ length: count }, (_, i) => probes.send(instant(i + 1)));
  return { probes, sequences };
};

describe('ClosingProbes', () => {
  it.each([
    [10, [11, 12, 13]],
    [0, [1, 2, 3]],
    [WRAP - 3, [WRAP - 2, WRAP - 1, 0]],
    [WRAP - 2, [WRAP - 1, 0, 1]],
    [WRAP - 1, [0, 1, 2]],
    [WRAP, [1, 2, 3]],
    [3 * WRAP + 7, [8, 9, 10]],
  ])('behind %d probes skip one number', (sent, expected) => {
    const { probes, sequences } = booked(sent, 3);
    expect(sequences).toStrictEqual(expected);
    expect(sequences.map((sequence) => probes.indexOf(sequence))).toStrictEqual([0, 1, 2]);
    expect([0, 1, 2].map((order) => [probes.sequenceOf(order), probes.sentAt(order)])).toStrictEqual(
      expected.map((sequence, i) => [sequence, i + 1]),
    );
  });

  it('are found by no number but their own', () => {
    const runs = fc.oneof(
      fc.nat(20),
      fc.integer({ min: WRAP - 10, max: WRAP + 10 }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 10 }),
    );
    const numbers = fc.oneof(fc.nat(30), fc.integer({ min: WRAP - 20, max: WRAP - 1 }));
    fc.assert(
      fc.property(runs, fc.nat(8), numbers, (sent, count, sequence) => {
        const { probes, sequences } = booked(sent, count);
        expect(probes.indexOf(sequence)).toBe(sequences.indexOf(sequence));
        expect(probes.count).toBe(count);
        // The last probe, and the number that is skipped.
        expect([probes.indexOf((sent - 1 + WRAP) % WRAP), probes.indexOf(sent % WRAP)]).toStrictEqual([-1, -1]);
      }),
    );
  });
});

describe('closingPlan', () => {
  it.each([
    // Twice the round trip and 20 ms, 100 ms at least; all together 2 s, eight probes at most.
    ['a fast path', ms(1), seconds(2), false, { wait: 100e6, most: 8 }],
    ['no time at all', 0, seconds(2), false, { wait: 100e6, most: 8 }],
    ['100 ms', ms(100), seconds(2), false, { wait: 220e6, most: 8 }],
    ['400 ms', ms(400), seconds(2), false, { wait: 820e6, most: 2 }],
    ['a path that is slower than half the timeout', ms(1500), seconds(2), false, { wait: 2000e6, most: 1 }],
    ['a path that is slower than 2 s', ms(2500), seconds(9), false, { wait: 2000e6, most: 1 }],
    ['a very short timeout', ms(1), ms(10), false, { wait: 10e6, most: 8 }],
    ['a fast path, in a hurry', ms(1), seconds(2), true, { wait: 100e6, most: 2 }],
    ['a slow path, in a hurry', ms(400), seconds(2), true, { wait: 250e6, most: 1 }],
  ])('for %s', (_, slowest, timeout, interrupted, plan) => {
    expect(closingPlan(slowest, timeout, interrupted)).toStrictEqual(plan);
  });

  it('waits no longer than the timeout for one, and 2 s for all, or a quarter of one when interrupted', () => {
    const spans = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(fc.nat(20_000), spans, fc.boolean(), (slowest, timeout, interrupted) => {
        const { wait, most } = closingPlan(ms(slowest), ms(timeout), interrupted);
        expect(wait).toBeGreaterThan(0);
        expect(wait).toBeLessThanOrEqual(ms(timeout));
        expect(most).toBeGreaterThanOrEqual(1);
        expect(most).toBeLessThanOrEqual(8);
        expect(most * wait).toBeLessThanOrEqual(ms(interrupted ? 250 : 2000));
      }),
    );
  });
});
