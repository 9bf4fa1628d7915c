import fc from 'fast-check';
import { figuresOf } from '../../../test/stream-figures';
import { datagramCounts, lossBursts, notSentOf } from './datagram-counts';

describe('datagramCounts', () => {
  it('has every datagram received or lost, and the direction of a loss', () => {
    const received = figuresOf({ messages: 8, duplicates: 1, reordered: 2, hostDropped: 1 });
    const sent = figuresOf({ messages: 10, notSent: { heldUp: 1, refused: 2, blocked: 3 } });
    expect(datagramCounts('up', received, sent)).toMatchObject({
      sent: 10,
      received: 8,
      lost: 2,
      lostUp: 2,
      lostDown: undefined,
      lossRatio: 0.2,
      duplicates: 1,
      duplicatesUp: 1,
      duplicatesDown: undefined,
      reordered: 2,
      late: 0,
      notSent: 6,
      hostDropped: 1,
      hostDroppedEstimated: false,
    });
    expect(datagramCounts('down', received, sent)).toMatchObject({ lostUp: undefined, lostDown: 2, duplicatesDown: 1 });
  });

  it('adds up whatever came', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), fc.option(fc.nat(1e6), { nil: undefined }), (sent, received, dropped) => {
        const counts = datagramCounts(
          'up',
          figuresOf({ messages: received, hostDropped: dropped }),
          figuresOf({ messages: sent }),
        );
        if (received > sent) return expect(counts).toBeUndefined();
        expect(counts?.received).toBe(sent - (counts?.lost as number));
        // What the host dropped is part of what was lost, though its system may count more.
        if (dropped !== undefined) expect(counts?.hostDropped).toBeLessThanOrEqual(counts?.lost as number);
        else expect(counts?.hostDropped).toBeUndefined();
      }),
    );
  });

  it('is not known where one end does not count', () => {
    const plain = figuresOf({ messages: undefined });
    expect([datagramCounts('up', plain, figuresOf()), datagramCounts('up', figuresOf(), undefined)]).toStrictEqual([
      undefined,
      undefined,
    ]);
  });

  it('knows of no late, copied or disordered ones from a plain iperf3', () => {
    const plain = figuresOf({ messages: 10, duplicates: undefined, reordered: undefined });
    expect(datagramCounts('up', plain, figuresOf())).toMatchObject({
      lost: 0,
      duplicates: undefined,
      reordered: undefined,
      late: undefined,
    });
  });

  it('has no share of nothing', () => {
    const nothing = figuresOf({ messages: 0 });
    expect(datagramCounts('up', nothing, nothing)).toMatchObject({ lost: 0, lossRatio: undefined });
  });
});

describe('lossBursts', () => {
  const known = { count: 1, longest: 2, lengths: { 2: 1 } };

  it('has what was sent behind the last that arrived as one more run', () => {
    const received = figuresOf({ messages: 5, expected: 7, lossBursts: known });
    expect(lossBursts(received, figuresOf({ messages: 10 }))).toStrictEqual({
      count: 2,
      longest: 3,
      lengths: { 2: 1, 3: 1 },
    });
    expect(lossBursts(received, figuresOf({ messages: 7 }))).toStrictEqual(known);
  });

  it('is not known where nobody counts them', () => {
    expect(lossBursts(figuresOf({ expected: 7 }), figuresOf())).toBeUndefined();
    expect(lossBursts(figuresOf({ expected: 7, lossBursts: known }), undefined)).toBeUndefined();
  });
});

describe('notSentOf', () => {
  it('is all that was due, for whatever reason; not known where nobody tells', () => {
    expect(notSentOf(figuresOf({ notSent: { heldUp: 1, refused: 0, blocked: 4 } }))).toBe(5);
    expect([notSentOf(figuresOf()), notSentOf(undefined)]).toStrictEqual([undefined, undefined]);
  });
});
