import type { StreamFigures } from '@pathgauge/protocol';
import fc from 'fast-check';
import { figuresOf, transitOf } from '../../../test/stream-figures';
import { mergedFigures } from './merged-figures';

const counts = fc.record(
  {
    bytes: fc.nat(1e9),
    messages: fc.nat(1e6),
    duplicates: fc.nat(100),
    hostDropped: fc.nat(100),
    durationNs: fc.nat(1e9),
  },
  { noNullPrototype: true },
);

describe('mergedFigures', () => {
  it('of one stream are its own, of none nothing', () => {
    const figures = figuresOf({ jitterNs: 5, rttNs: 7, reorderExtent: { mean: 1, max: 2 } });
    expect(mergedFigures([figures])).toBe(figures);
    expect([mergedFigures([]), mergedFigures([undefined])]).toStrictEqual([undefined, undefined]);
  });

  it('add up, whatever the streams and their order', () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: 2, maxLength: 8 }), (known) => {
        const streams = known.map((each, i) => figuresOf({ ...each, id: i + 1 }));
        const total = (field: 'bytes' | 'messages' | 'duplicates' | 'hostDropped') =>
          known.reduce((sum, each) => sum + each[field], 0);
        const expected = {
          bytes: total('bytes'),
          messages: total('messages'),
          duplicates: total('duplicates'),
          hostDropped: total('hostDropped'),
          durationNs: Math.max(...known.map(({ durationNs }) => durationNs)),
        };
        expect(mergedFigures(streams)).toMatchObject(expected);
        expect(mergedFigures(streams.reverse())).toMatchObject(expected);
      }),
    );
  });

  it('are unknown where one stream tells nothing, a field where one does not tell it', () => {
    expect(mergedFigures([figuresOf(), undefined, figuresOf()])).toBeUndefined();
    const [one, other] = [figuresOf({ retransmits: 2 }), figuresOf({ bytes: undefined })];
    expect(mergedFigures([one, other])).toMatchObject({ bytes: undefined, messages: 20, retransmits: undefined });
  });

  it.each<[string, Partial<StreamFigures>, Partial<StreamFigures>, Partial<StreamFigures>]>([
    [
      'transit times of both as one distribution',
      { transit: transitOf(10, 20, 20) },
      { transit: transitOf(5, 30) },
      { transit: { ...transitOf(5, 10, 20, 20, 30), baseSeconds: undefined, referenceNs: expect.any(Number) } },
    ],
    [
      'what was not sent by its reason',
      { notSent: { heldUp: 1, refused: 2, blocked: 3 } },
      { notSent: { heldUp: 10, refused: 20, blocked: 30 } },
      { notSent: { heldUp: 11, refused: 22, blocked: 33 } },
    ],
    [
      'stalls of the host once, though each stream had them',
      { hostStalls: { count: 2, longestNs: 5 } },
      { hostStalls: { count: 1, longestNs: 9 } },
      { hostStalls: { count: 2, longestNs: 9 } },
    ],
    [
      'the narrowest path',
      { pathMtu: { bytes: 1500, from: undefined }, mssBytes: 1460 },
      { pathMtu: { bytes: 1400, from: '192.0.2.1' }, mssBytes: 1348 },
      { pathMtu: { bytes: 1400, from: '192.0.2.1' }, mssBytes: 1348 },
    ],
    ['an upper bound where one is one', { hostDroppedEstimated: true }, {}, { hostDroppedEstimated: true }],
    [
      'nothing of what belongs to one stream',
      { rttNs: 1, cwndBytes: 1, expected: 5 },
      { rttNs: 1, cwndBytes: 1, expected: 5 },
      { rttNs: undefined, cwndBytes: undefined, expected: undefined },
    ],
    // (3 x 10 + 1 x 30) / 4.
    ['a mean of jitter by messages', { messages: 3, jitterNs: 10 }, { messages: 1, jitterNs: 30 }, { jitterNs: 15 }],
    ['the jitter of those that have one', { messages: 3, jitterNs: 10 }, { messages: 1 }, { jitterNs: 10 }],
    // (2 x 1.5 + 1 x 3) / 3.
    [
      'a mean extent of what was reordered',
      { reordered: 2, reorderExtent: { mean: 1.5, max: 2 } },
      { reordered: 1, reorderExtent: { mean: 3, max: 3 } },
      { reordered: 3, reorderExtent: { mean: 2, max: 3 } },
    ],
    [
      'the extent of those of which some were reordered',
      { reordered: 0 },
      { reordered: 1, reorderExtent: { mean: 3, max: 3 } },
      { reorderExtent: { mean: 3, max: 3 } },
    ],
    [
      'no transit times of clocks that are counted from different seconds',
      { transit: transitOf(1) },
      { transit: { ...transitOf(1), baseSeconds: 1 } },
      { transit: undefined },
    ],
    ['a congestion control that both have', { congestion: 'bbr' }, { congestion: 'bbr' }, { congestion: 'bbr' }],
    ['none where they differ', { congestion: 'bbr' }, { congestion: 'cubic' }, { congestion: undefined }],
  ])('tell %s', (_, one, other, expected) => {
    expect(mergedFigures([figuresOf(one), figuresOf(other)])).toMatchObject(expected);
  });
});
