import { instant } from '@pathgauge/units';
import fc from 'fast-check';

import { Bench, TIMEOUT } from '../../test/probe-ledger-bench';

describe('ProbeLedger, of instants at which probes left,', () => {
  it('tells when probes left, and which is the oldest without an answer', () => {
    const bench = new Bench(4);
    for (bench.now = 10; bench.now <= 50; bench.now += 10) bench.send();
    // Sent at 10 to 50; the first has left the ring of 4.
    expect([1, 2, 3, 4].map((index) => bench.ledger.sentAt(index))).toStrictEqual([20, 30, 40, 50]);
    expect(bench.ledger.oldestSentAt()).toBe(20);
    bench.answer(2);
    expect(bench.ledger.oldestSentAt()).toBe(20);
    bench.answer(1);
    expect(bench.ledger.oldestSentAt()).toBe(40);
    bench.answer(3, 4);
    expect(bench.ledger.oldestSentAt()).toBeUndefined();
  });

  it('tells when a probe left by the kernel, where that is known', () => {
    const bench = new Bench(4);
    bench.send(2);
    expect([0, 1].map((index) => bench.ledger.isStamped(index))).toStrictEqual([false, false]);
    expect([0, 1].map((index) => bench.ledger.leftAt(index))).toStrictEqual([0, 0]);
    bench.ledger.stamp(1, instant(7));
    expect([0, 1].map((index) => bench.ledger.isStamped(index))).toStrictEqual([false, true]);
    expect([0, 1].map((index) => bench.ledger.leftAt(index))).toStrictEqual([0, 7]);
    // It was handed over when it was.
    expect(bench.ledger.sentAt(1)).toBe(0);
    // A stamp of 0 is one.
    bench.now = 9;
    bench.send();
    bench.ledger.stamp(2, instant(0));
    expect([bench.ledger.isStamped(2), bench.ledger.leftAt(2), bench.ledger.sentAt(2)]).toStrictEqual([true, 0, 9]);
  });

  it('hands on when probes left by the kernel, even those that wait for an earlier one', () => {
    const bench = new Bench(8);
    for (bench.now = 10; bench.now <= 40; bench.now += 10) bench.send();
    bench.ledger.stamp(1, instant(23));
    bench.ledger.stamp(3, instant(44));
    bench.now = 60;
    bench.answer(1, 3);
    // Told after the answer, by which its figures are made.
    bench.ledger.stamp(3, instant(45));
    bench.answer(2, 0);
    expect(bench.settled.map(({ index, sentAt }) => [index, sentAt])).toStrictEqual([
      [0, 10],
      [1, 23],
      [2, 30],
      [3, 44],
    ]);
  });

  it('has no stamp of a probe whose place is taken, however that one ended', () => {
    const bench = new Bench(3);
    bench.send(3);
    for (const index of [0, 1, 2]) bench.ledger.stamp(index, instant(index + 1));
    // 0 is answered, 1 leaves the ring unanswered, 2 is given up.
    bench.answer(0);
    bench.now = 50;
    bench.send(2);
    bench.abandon();
    bench.send();
    expect([3, 4, 5].map((index) => bench.ledger.isStamped(index))).toStrictEqual([false, false, false]);
    expect([3, 4, 5].map((index) => bench.ledger.leftAt(index))).toStrictEqual([50, 50, 50]);
  });

  it('keeps every stamp until its probe is settled, in any order of answers', () => {
    const fates = fc.array(
      fc.record({ stamp: fc.option(fc.nat(30), { nil: undefined }), delay: fc.integer({ min: 1, max: 90 }) }),
      { minLength: 1, maxLength: 40, size: 'max' },
    );
    fc.assert(
      fc.property(fates, fc.integer({ min: 10, max: 50 }), (probes, capacity) => {
        const bench = new Bench(capacity);
        // One is sent every 10 ns, stamped so long after that, and answered so long after: 9 are under way at the most.
        for (bench.now = 0; bench.now < 10 * probes.length + 100; bench.now++) {
          if (bench.now % 10 === 0 && bench.now / 10 < probes.length) bench.send();
          for (const [index, { stamp, delay }] of probes.entries()) {
            if (bench.now === 10 * index + Math.min(stamp ?? 0, delay) && stamp !== undefined) {
              bench.ledger.stamp(index, instant(10 * index + stamp));
              expect(bench.ledger.isStamped(index)).toBe(true);
            }
            if (bench.now === 10 * index + delay) {
              expect(bench.ledger.leftAt(index)).toBe(10 * index + (stamp ?? 0));
              bench.answer(index);
            }
          }
        }
        expect(bench.settled.map(({ index, sentAt, arrivedAt }) => [index, sentAt, arrivedAt])).toStrictEqual(
          probes.map(({ stamp, delay }, index) => [index, 10 * index + (stamp ?? 0), 10 * index + delay]),
        );
      }),
    );
  });

  it('counts the waiting time from when the kernel let go of the probe, where that is told', () => {
    const bench = new Bench(10);
    bench.send();
    bench.send();
    // The program was held up between looking at its clock and sending.
    for (const index of [0, 1]) bench.ledger.stamp(index, instant(90));
    expect(bench.ledger.oldestSentAt()).toBe(90);
    bench.now = TIMEOUT + 90;
    bench.expire();
    expect(bench.answer(0)[0]).toBe('received');
    bench.now++;
    bench.expire();
    expect(bench.answer(1)[0]).toBe('late');
  });
});
