import fc from 'fast-check';
import { Bench, delaysOf, noDirections, TIMEOUT, WRAP } from '../../test/probe-ledger-bench';
import type { Exchange } from '../clock/exchanges';
import type { LedgerCounts } from './ledger-counts';
import { LossBurstCounter } from './loss-bursts';
import type { ReplyKind } from './probe-reply';
import { Reordering } from './reordering';

type State = 'outstanding' | 'received' | 'lost' | 'late';

/** The same by brute force: every probe ever sent, in a list. */
class Reference {
  readonly probes: { at: number; state: State; reply?: Pick<Exchange, 'arrivedAt' | 'upNs' | 'downNs'> }[] = [];
  /** In order of arrival. */
  readonly received: number[] = [];
  duplicates = 0;
  lastReordered = false;
  now = 0;
  readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  send(): void {
    this.#loseWhere((_, index) => index === this.probes.length - this.capacity);
    this.probes.push({ at: this.now, state: 'outstanding' });
  }

  answer(sequence: number): ReplyKind {
    this.lastReordered = false;
    const index = this.probes.findIndex(
      (_, each) => each % WRAP === sequence && each >= this.probes.length - this.capacity,
    );
    const probe = this.probes[index];
    if (probe === undefined) return 'unknown';
    this.#loseWhere((each) => each === probe && this.now - probe.at > TIMEOUT);
    switch (probe.state) {
      case 'outstanding':
        this.#receive(probe, index);
        return 'received';
      case 'lost':
        probe.state = 'late';
        return 'late';
      default:
        this.duplicates++;
        return 'duplicate';
    }
  }

  expire(): void {
    this.#loseWhere(({ at }) => this.now - at > TIMEOUT);
  }

  abandon(): void {
    this.#loseWhere(() => true);
  }

  counts(): LedgerCounts {
    // Both are proven by brute force beside them.
    const [bursts, reordering] = [new LossBurstCounter(), new Reordering(1000)];
    for (const { state } of this.#prefix()) bursts.record(state !== 'received');
    for (const index of this.received) reordering.record(index);
    const inState = (...states: string[]) => this.probes.filter(({ state }) => states.includes(state)).length;
    return {
      sent: this.probes.length,
      received: inState('received'),
      lost: inState('lost', 'late'),
      outstanding: inState('outstanding'),
      late: inState('late'),
      duplicates: this.duplicates,
      lossBursts: bursts.snapshot(),
      ...reordering.snapshot(),
      ...(noDirections(inState('lost')) as Pick<LedgerCounts, keyof ReturnType<typeof noDirections>>),
    };
  }

  /** Those that were given up, up to the first that is outstanding. */
  get lost(): number[] {
    return this.#prefix().flatMap(({ state }, index) => (state === 'lost' || state === 'late' ? [index] : []));
  }

  /** Those that were answered in time, up to the first that is outstanding. */
  settled(): Exchange[] {
    return this.#prefix().flatMap(({ at, reply }, index) =>
      reply === undefined ? [] : [{ index, rank: this.received.indexOf(index), sentAt: at, ...reply }],
    );
  }

  #receive(probe: (typeof this.probes)[number], index: number): void {
    const [upNs, downNs] = delaysOf(index, this.now);
    this.lastReordered = this.received.some((earlier) => earlier > index);
    this.received.push(index);
    probe.state = 'received';
    probe.reply = { arrivedAt: this.now, upNs, downNs };
  }

  #prefix() {
    const end = this.probes.findIndex(({ state }) => state === 'outstanding');
    return end < 0 ? this.probes : this.probes.slice(0, end);
  }

  #loseWhere(overdue: (probe: { at: number }, index: number) => boolean): void {
    this.probes.forEach((probe, index) => {
      if (probe.state !== 'outstanding' || !overdue(probe, index)) return;
      probe.state = 'lost';
    });
  }
}

describe('ProbeLedger', () => {
  it('agrees with a list of all probes, after every step of any script', () => {
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.constant(['send', 0] as const) },
      { weight: 8, arbitrary: fc.tuple(fc.constant('answer' as const), fc.integer({ min: -2, max: 14 })) },
      {
        weight: 4,
        arbitrary: fc.tuple(fc.constant('wait' as const), fc.constantFrom(1, 30, 50, TIMEOUT, TIMEOUT + 1)),
      },
      { weight: 2, arbitrary: fc.constant(['expire', 0] as const) },
      { weight: 1, arbitrary: fc.constant(['abandon', 0] as const) },
    );
    const scripts = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        scripts,
        (capacity, initial, script) => {
          const bench = new Bench(capacity, initial);
          const reference = new Reference(capacity);
          const [happened, expected]: [unknown[], unknown[]] = [[], []];
          for (const [what, by] of script) {
            let kinds: (ReplyKind | undefined)[] = [];
            if (what === 'wait') bench.now = reference.now += by;
            else if (what === 'answer') {
              const sequence = (bench.ledger.next - 1 - by + WRAP) % WRAP;
              kinds = [bench.answer(sequence)[0], reference.answer(sequence)];
              expect(bench.lastReordered).toBe(reference.lastReordered);
            } else {
              bench[what]();
              reference[what]();
            }
            const [counts, oldest] = [
              reference.counts(),
              reference.probes.find(({ state }) => state === 'outstanding'),
            ];
            const snapshot = bench.ledger.snapshot();
            happened.push([what, kinds[0], bench.ledger.oldestSentAt(), snapshot]);
            expected.push([what, kinds[1], oldest?.at, counts]);
            const { sent, received, lost, outstanding } = snapshot;
            if (sent !== received + lost + outstanding)
              throw new Error(`${sent} != ${received} + ${lost} + ${outstanding}`);
          }
          expect(happened).toStrictEqual(expected);
          expect([bench.ledger.next, bench.ledger.outstanding]).toStrictEqual([
            reference.probes.length,
            reference.counts().outstanding,
          ]);
          expect(bench.lost).toStrictEqual(reference.lost);
          expect(bench.settled).toStrictEqual(reference.settled());
          const { lost, late, received } = reference.counts();
          expect([bench.ledger.unanswered, bench.ledger.answered]).toStrictEqual([lost - late, received + late > 0]);
          bench.abandon();
          expect(new Set(bench.lost).size).toBe(bench.ledger.snapshot().lost);
          expect(bench.lost).toHaveLength(bench.ledger.snapshot().lost);
        },
      ),
      { numRuns: 50 },
    );
  });
});
