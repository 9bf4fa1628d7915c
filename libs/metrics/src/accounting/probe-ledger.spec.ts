import { instant, span } from '@pathgauge/units';
import fc from 'fast-check';
import type { Exchange } from '../clock/exchanges';
import type { LedgerCounts } from './ledger-counts';
import { LossBurstCounter } from './loss-bursts';
import { ProbeLedger } from './probe-ledger';
import type { ReplyKind } from './probe-reply';
import { Reordering } from './reordering';

const TIMEOUT = 100;
const WRAP = 2 ** 32;
/** Without numbers from the reflector. */
const noDirections = (unanswered: number) => ({
  ...{ lostUp: undefined, lostDown: undefined, duplicatesUp: undefined, duplicatesDown: undefined },
  lostUpRange: unanswered === 0 ? undefined : [0, unanswered],
  lostDownRange: unanswered === 0 ? undefined : [0, unanswered],
});

/** A ledger on a clock that the test moves, which notes whom it was told of. */
class Bench {
  readonly lost: number[] = [];
  readonly settled: Exchange[] = [];
  readonly ledger: ProbeLedger;
  now = 0;
  /** Whether the reply of the latest `answer` came after the reply to a later probe. */
  lastReordered = false;

  constructor(capacity: number, initial = capacity) {
    this.ledger = new ProbeLedger({
      capacity,
      initial,
      timeout: span(TIMEOUT),
      onReceived: (_, reordered) => {
        this.lastReordered = reordered;
      },
      onLost: (index) => this.lost.push(index),
      onSettled: (probe) => this.settled.push({ ...probe }),
    });
  }

  send(count = 1): void {
    for (let n = 0; n < count; n++) this.ledger.send(instant(this.now));
  }

  /** Delays are made of the probe's number and the time, so that a mix-up shows. */
  answer(...sequences: number[]): ReplyKind[] {
    return sequences.map((sequence) => {
      const [upNs, downNs] = delaysOf(sequence, this.now);
      const reply = { arrivedAt: instant(this.now), upNs, downNs, ownSequence: undefined };
      this.lastReordered = false;
      return this.ledger.answer(this.ledger.indexOf(sequence), reply);
    });
  }

  expire(): void {
    this.ledger.expire(instant(this.now));
  }

  abandon(): void {
    this.ledger.abandon();
  }
}

const delaysOf = (sequence: number, now: number): [number, number] => [1000 * sequence + now, -1000 * sequence - now];

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
  it.each([0, -1, 1.5, Number.NaN])('rejects a capacity of %p', (capacity) => {
    expect(() => new Bench(capacity)).toThrow(RangeError);
    expect(() => new Bench(capacity)).toThrow(`capacity ${capacity} must be at least 1`);
  });

  it('books each fate once', () => {
    const bench = new Bench(16);
    bench.send(5);
    bench.now = 50;
    // 0 in time, 2 in time, 1 after 2 (RFC 4737: 1 < NextExp 3), 2 again, 7 never sent.
    expect(bench.answer(0, 2, 1, 2, 7)).toStrictEqual(['received', 'received', 'received', 'duplicate', 'unknown']);
    bench.now = 101;
    bench.expire();
    expect(bench.lost).toStrictEqual([3, 4]);
    expect(bench.answer(3, 3)).toStrictEqual(['late', 'duplicate']);
    bench.send();
    expect(bench.ledger.snapshot()).toStrictEqual({
      sent: 6,
      received: 3,
      lost: 2,
      outstanding: 1,
      late: 1,
      duplicates: 2,
      // 1 is the third arrival, and 2 was the second. Probe 5 is not settled.
      reordered: 1,
      extent: { mean: 1, max: 1 },
      lossBursts: { count: 1, longest: 2, lengths: { 2: 1 } },
      ...noDirections(1),
    });
    expect(bench.lost).toStrictEqual([3, 4]);
  });

  it('starts with nothing', () => {
    const bench = new Bench(4);
    expect(bench.answer(0, WRAP - 1)).toStrictEqual(['unknown', 'unknown']);
    bench.expire();
    bench.abandon();
    expect(bench.ledger.snapshot()).toStrictEqual({
      sent: 0,
      received: 0,
      lost: 0,
      outstanding: 0,
      late: 0,
      duplicates: 0,
      reordered: 0,
      extent: undefined,
      lossBursts: { count: 0, longest: 0, lengths: {} },
      ...noDirections(0),
    });
    expect([bench.ledger.answered, bench.ledger.unanswered]).toStrictEqual([false, 0]);
    expect(bench.ledger.oldestSentAt()).toBeUndefined();
    expect(bench.lost).toStrictEqual([]);
  });

  it.each([
    ['at the timeout', TIMEOUT, 'received', []],
    ['a nanosecond after, though nobody has swept', TIMEOUT + 1, 'late', [0]],
  ])('an answer %s', (_, at, kind, lost) => {
    const bench = new Bench(4);
    bench.send();
    bench.now = at;
    expect(bench.answer(0)).toStrictEqual([kind]);
    bench.expire();
    bench.abandon();
    expect(bench.lost).toStrictEqual(lost);
    expect(bench.ledger.snapshot()).toMatchObject({ lost: lost.length, late: lost.length, outstanding: 0 });
  });

  it.each([
    ['at the timeout', TIMEOUT, []],
    ['a nanosecond after', TIMEOUT + 1, [0]],
  ])('a sweep %s', (_, at, lost) => {
    const bench = new Bench(4);
    bench.send();
    bench.now = 1;
    bench.send();
    bench.now = at;
    bench.expire();
    expect(bench.lost).toStrictEqual(lost);
  });

  it('a probe that leaves the ring unanswered is lost, and its reply unknown', () => {
    const bench = new Bench(3);
    bench.send(3);
    bench.answer(1);
    bench.send(2);
    // 0 made room for 3; 1 was answered, so that 4 cost nothing.
    expect(bench.lost).toStrictEqual([0]);
    expect(bench.answer(0, 1, 2, 4)).toStrictEqual(['unknown', 'unknown', 'received', 'received']);
    expect(bench.ledger.snapshot()).toMatchObject({ sent: 5, received: 3, lost: 1, late: 0, outstanding: 1 });
  });

  it('abandon gives up what is outstanding and nothing else', () => {
    const bench = new Bench(8);
    bench.send(5);
    bench.answer(1, 3);
    bench.abandon();
    bench.abandon();
    expect(bench.lost).toStrictEqual([0, 2, 4]);
    expect(bench.ledger.snapshot()).toMatchObject({ sent: 5, received: 2, lost: 3, outstanding: 0 });
    expect(bench.answer(0)).toStrictEqual(['late']);
  });

  it('a duplicate of any kind changes neither loss nor reordering', () => {
    const bench = new Bench(8);
    bench.send(3);
    bench.answer(2, 0);
    bench.now = TIMEOUT + 1;
    bench.answer(1);
    const before = bench.ledger.snapshot();
    expect(bench.answer(0, 1, 2, 1)).toStrictEqual(Array(4).fill('duplicate'));
    expect(bench.ledger.snapshot()).toStrictEqual({ ...before, duplicates: 4 });
    expect(bench.lost).toStrictEqual([1]);
  });

  it('tells whether the latest reply was reordered', () => {
    const bench = new Bench(8);
    bench.send(4);
    // RFC 4737 section 3.3, NextExp: 0 -> 2 -> 2 (0 < 2) -> 4 -> 4 (2 < 4); a duplicate and a stranger are none.
    const flags = [1, 0, 0, 3, 2, 9].map((sequence) => {
      bench.answer(sequence);
      return bench.lastReordered;
    });
    expect(flags).toStrictEqual([false, true, false, false, true, false]);
    expect(bench.ledger.snapshot().reordered).toBe(2);
  });

  it('a late reply is not reordered, nor are those that it overtook', () => {
    const bench = new Bench(8);
    bench.send(2);
    bench.now = TIMEOUT;
    bench.send(1);
    bench.answer(0);
    bench.now = TIMEOUT + 1;
    expect(bench.answer(1, 2)).toStrictEqual(['late', 'received']);
    expect(bench.ledger.snapshot()).toMatchObject({ reordered: 0, late: 1, received: 2 });
  });

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

  it('takes numbers modulo 2^32', () => {
    // No test sends 2^32 probes. The index depends on the distance between the newest number and this one, modulo 2^32,
    // alone: a number that is whole wraps away must therefore mean the same probe.
    const places = fc.record({ capacity: fc.integer({ min: 1, max: 50 }), sent: fc.nat(120), back: fc.nat(150) });
    fc.assert(
      fc.property(places, fc.integer({ min: -3, max: 3 }), ({ capacity, sent, back }, wraps) => {
        const bench = new Bench(capacity);
        bench.send(sent);
        const index = sent - 1 - back;
        const held = index >= 0 && back < capacity;
        expect(bench.ledger.indexOf(index + wraps * WRAP)).toBe(held ? index : -1);
        expect(bench.ledger.indexOf(sent + wraps * WRAP)).toBe(-1);
      }),
    );
  });

  it('hands on what was answered in time, in order of sending, once all before it is settled', () => {
    const bench = new Bench(8);
    bench.send(4);
    bench.now = 10;
    bench.answer(2, 1, 2);
    expect(bench.settled).toStrictEqual([]);
    bench.now = 20;
    bench.answer(0);
    // Ranks by arrival: 2, 1, 0. The second reply to 2 is none of its own.
    const at = (index: number, rank: number, arrivedAt: number): Exchange => ({
      ...{ index, rank, sentAt: 0, arrivedAt },
      ...{ upNs: 1000 * index + arrivedAt, downNs: -1000 * index - arrivedAt },
    });
    expect(bench.settled).toStrictEqual([at(0, 2, 20), at(1, 1, 10), at(2, 0, 10)]);
    bench.now = TIMEOUT + 1;
    expect(bench.answer(3)).toStrictEqual(['late']);
    bench.send();
    bench.answer(4);
    // The late one has neither place nor rank.
    expect(bench.settled.slice(3).map(({ index, rank }) => [index, rank])).toStrictEqual([[4, 3]]);
  });

  it('hands on delays that are not a number where the reply had no timestamps', () => {
    const bench = new Bench(4);
    bench.send();
    const reply = { arrivedAt: instant(7), upNs: undefined, downNs: undefined, ownSequence: undefined };
    bench.ledger.answer(0, reply);
    const probe = { index: 0, rank: 0, sentAt: 0, arrivedAt: 7, upNs: Number.NaN, downNs: Number.NaN };
    expect(bench.settled).toStrictEqual([probe]);
  });

  it('counts the unanswered behind a probe, late ones and outstanding ones left out', () => {
    const bench = new Bench(4);
    bench.send(3);
    bench.now = TIMEOUT + 1;
    bench.answer(1);
    bench.expire();
    bench.send(2);
    bench.answer(3);
    // 0 lost (out of the ring), 1 late, 2 lost, 3 received, 4 outstanding.
    expect([0, 1, 2, 3, 4].map((index) => bench.ledger.unansweredAfter(index))).toStrictEqual([1, 1, 0, 0, 0]);
    bench.abandon();
    expect([1, 2, 3, 4].map((index) => bench.ledger.unansweredAfter(index))).toStrictEqual([2, 1, 1, 0]);
    // Nothing but 4 was answered of all those that left the ring behind it.
    bench.send(6);
    bench.abandon();
    expect(bench.ledger.unansweredAfter(4)).toBe(6);
  });

  it('does not change a snapshot already taken', () => {
    const bench = new Bench(4);
    bench.send(2);
    const before = bench.ledger.snapshot();
    bench.answer(1, 0, 0);
    expect(before).toMatchObject({ sent: 2, received: 0, outstanding: 2, duplicates: 0, reordered: 0 });
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

  it('takes a reply for late only when it surely is', () => {
    const bench = new Bench(10);
    bench.send();
    bench.send();
    const reply = { arrivedAt: instant(TIMEOUT + 50), upNs: undefined, downNs: undefined, ownSequence: undefined };
    expect(bench.ledger.answer(0, { ...reply, earliestAt: instant(TIMEOUT) })).toBe('received');
    expect(bench.ledger.answer(1, { ...reply, earliestAt: instant(TIMEOUT + 1) })).toBe('late');
  });

  it('takes back a probe that the own system refused: it is neither sent nor lost', () => {
    const bench = new Bench(10);
    for (let i = 0; i < 4; i++) bench.send();
    bench.answer(0);
    bench.ledger.refuse(1);
    // Answered already, or not there at all: nothing to take back.
    bench.ledger.refuse(0);
    bench.answer(3);
    expect(bench.ledger.snapshot()).toMatchObject({ sent: 3, received: 2, lost: 0, outstanding: 1 });
    expect(bench.answer(1)[0]).toBe('unknown');
    bench.abandon();
    expect(bench.ledger.snapshot()).toMatchObject({ sent: 3, received: 2, lost: 1, outstanding: 0 });
    expect(bench.lost).toStrictEqual([2]);
    // Losses 2 alone: the refused one before it makes no run of two.
    expect(bench.ledger.snapshot().lossBursts).toMatchObject({ count: 1, longest: 1 });
    expect(bench.settled.map(({ index }) => index)).toStrictEqual([0, 3]);
  });

  it.each([1, 100])('knows that a reflector began anew, with room for %d probes at first', (initial) => {
    const { ledger } = new Bench(100, initial);
    const reply = (index: number, ownSequence: number) =>
      ledger.answer(index, { arrivedAt: instant(1), upNs: undefined, downNs: undefined, ownSequence });
    ledger.send(instant(0));
    reply(0, 0);
    ledger.send(instant(0));
    ledger.send(instant(0));
    reply(2, 5);
    // Whatever is sent from here on gets a higher number than 5.
    for (let n = 3; n < 50; n++) ledger.send(instant(0));
    reply(3, 2);
    ledger.abandon();
    expect(ledger.snapshot()).toMatchObject({ lostDownRange: [0, 47], duplicatesUp: undefined });
  });

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
