import { instant } from '@pathgauge/units';
import fc from 'fast-check';
import { Bench, noDirections, TIMEOUT, WRAP } from '../../test/probe-ledger-bench';
import type { Exchange } from '../clock/exchanges';

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
});
