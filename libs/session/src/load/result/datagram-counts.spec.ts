import type { OneWayCounts } from '@pathgauge/result';
import fc from 'fast-check';
import { figuresOf } from '../../../test/stream-figures';
import { burstsOfStream, datagramCounts, lossBursts, notSentOf, oneWayCounts } from './datagram-counts';

const received = figuresOf({ messages: 8, duplicates: 1, reordered: 2, hostDropped: 1 });
const sent = figuresOf({ messages: 10, notSent: { heldUp: 1, refused: 2, blocked: 3 } });

describe('oneWayCounts', () => {
  it('has every datagram received or lost', () => {
    const bursts = { count: 1, longest: 2, lengths: { 2: 1 } };
    expect(oneWayCounts({ received, sent, awaited: 10 }, bursts)).toStrictEqual({
      sent: 10,
      received: 8,
      lost: 2,
      lossRatio: 0.2,
      duplicates: 1,
      reordered: 2,
      reorderExtent: undefined,
      notSent: 6,
      hostDropped: 1,
      hostDroppedEstimated: false,
      lossBursts: bursts,
    });
  });

  it('adds up whatever came', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.option(fc.nat(1e6), { nil: undefined }), (all, came, dropped) => {
        const ends = {
          awaited: all,
          received: figuresOf({ messages: came, hostDropped: dropped }),
          sent: figuresOf({ messages: all }),
        };
        const counts = oneWayCounts(ends, undefined);
        if (came > all) return expect(counts).toBeUndefined();
        expect(counts?.received).toBe(all - (counts?.lost as number));
        // What the host dropped is part of what was lost, though its system may count more.
        if (dropped !== undefined) expect(counts?.hostDropped).toBeLessThanOrEqual(counts?.lost as number);
        else expect(counts?.hostDropped).toBeUndefined();
      }),
    );
  });

  it('is not known where one end does not count', () => {
    const plain = figuresOf({ messages: undefined });
    expect(oneWayCounts({ received: plain, sent, awaited: 10 }, undefined)).toBeUndefined();
    expect(oneWayCounts({ received, sent: undefined, awaited: undefined }, undefined)).toBeUndefined();
  });

  it('has no share of nothing', () => {
    const nothing = figuresOf({ messages: 0 });
    expect(oneWayCounts({ received: nothing, sent: nothing, awaited: 0 }, undefined)).toMatchObject({
      lost: 0,
      lossRatio: undefined,
    });
  });
});

describe('datagramCounts', () => {
  const way = oneWayCounts({ received, sent, awaited: 10 }, undefined) as OneWayCounts;
  const other: OneWayCounts = { ...way, sent: 30, received: 29, lost: 1, lossRatio: 1 / 30, duplicates: 4 };

  it.each([
    ['up', { lostUp: 2, lostDown: undefined, duplicatesUp: 1, duplicatesDown: undefined }],
    ['down', { lostUp: undefined, lostDown: 2, duplicatesUp: undefined, duplicatesDown: 1 }],
  ] as const)('says in which direction: %s', (direction, expected) => {
    const ways = { up: undefined, down: undefined, [direction]: way };
    expect(datagramCounts(ways, 1)).toMatchObject({ sent: 10, received: 8, lost: 2, late: 0, ...expected, ...ways });
  });

  it('has both directions together, and each alone', () => {
    expect(datagramCounts({ up: way, down: other }, 2)).toMatchObject({
      sent: 40,
      received: 37,
      lost: 3,
      lostUp: 2,
      lostDown: 1,
      lossRatio: 3 / 40,
      duplicates: 5,
      duplicatesUp: 1,
      duplicatesDown: 4,
      notSent: 12,
      hostDropped: 2,
      up: way,
      down: other,
    });
  });

  it('is not known where one of two directions is not: the sums would be wrong', () => {
    expect(datagramCounts({ up: way, down: undefined }, 2)).toBeUndefined();
    expect(datagramCounts(undefined, 1)).toBeUndefined();
  });

  it('knows of no late, copied or disordered ones from a plain iperf3', () => {
    const plain = { ...way, duplicates: undefined, reordered: undefined };
    const unknown = { duplicates: undefined, reordered: undefined, late: undefined };
    expect(datagramCounts({ up: plain, down: undefined }, 1)).toMatchObject(unknown);
    expect(datagramCounts({ up: plain, down: other }, 2)).toMatchObject(unknown);
  });
});

describe('loss bursts', () => {
  const known = { count: 1, longest: 2, lengths: { 2: 1 } };
  const arrived = figuresOf({ messages: 5, expected: 7, lossBursts: known });

  it('have what was sent behind the last that arrived as one more run', () => {
    const withTail = { count: 2, longest: 3, lengths: { 2: 1, 3: 1 } };
    expect(burstsOfStream({ received: arrived, awaited: 10 })).toStrictEqual(withTail);
    expect(burstsOfStream({ received: arrived, awaited: 7 })).toStrictEqual(known);
  });

  it('of several streams are those of each: the ends of two streams are no run', () => {
    const stream = { received: arrived, awaited: 10 };
    expect(lossBursts([stream, stream])).toStrictEqual({ count: 4, longest: 3, lengths: { 2: 2, 3: 2 } });
    expect(lossBursts([stream, { ...stream, awaited: undefined }])).toBeUndefined();
  });

  it('are not known where nobody counts them', () => {
    expect(burstsOfStream({ received: figuresOf({ expected: 7 }), awaited: 10 })).toBeUndefined();
    expect(burstsOfStream({ received: arrived, awaited: undefined })).toBeUndefined();
  });
});

describe('notSentOf', () => {
  it('is all that was due, for whatever reason; not known where nobody tells', () => {
    expect(notSentOf(figuresOf({ notSent: { heldUp: 1, refused: 0, blocked: 4 } }))).toBe(5);
    expect([notSentOf(figuresOf()), notSentOf(undefined)]).toStrictEqual([undefined, undefined]);
  });
});
