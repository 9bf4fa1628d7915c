import { NO_RECEIVER_FIGURES, type StreamFigures } from '@pathgauge/protocol';
import fc from 'fast-check';
import { checkPeerFigures, type KnownOfLoad } from './peer-figures';

// A load of 10 messages of 100 bytes in 1 s, of which number 3 and number 9 were lost; the test took 3 s.
const SENT: StreamFigures = { ...NO_RECEIVER_FIGURES, id: 1, bytes: 1000, messages: 10, durationNs: 1e9 };
const RECEIVED: StreamFigures = {
  ...NO_RECEIVER_FIGURES,
  id: 1,
  bytes: 800,
  messages: 8,
  durationNs: 0.8e9,
  jitterNs: 1e5,
  duplicates: 2,
  reordered: 1,
  reorderExtent: { mean: 1, max: 1 },
  expected: 9,
  lossBursts: { count: 1, longest: 1, lengths: { 1: 1 } },
  hostDropped: 1,
  // 7 x 100 and 900: the mean 200, squares of the distances 7 x 10^4 + 49 x 10^4.
  transit: {
    count: 8,
    meanNs: 200,
    sumSquares: 56e4,
    minNs: 100,
    maxNs: 900,
    referenceNs: 100,
    bins: [
      [100, 7],
      [900, 1],
    ],
  },
};
const KNOWN: KnownOfLoad = {
  protocol: 'udp',
  peerSends: false,
  plain: false,
  peerIsClient: false,
  length: 100,
  lastLength: undefined,
  planned: 10,
  omits: false,
  own: SENT,
  loadNs: 1e9,
  testNs: 3e9,
  roundTripNs: 1e6,
  transit: { lowNs: -1e6, highNs: 3e9 },
};
const OF_SENDER: KnownOfLoad = { ...KNOWN, peerSends: true, own: RECEIVED };
const PLAIN: StreamFigures = { ...NO_RECEIVER_FIGURES, id: 1, bytes: 800, messages: 8, durationNs: 1.1e9 };

const withTransit = (over: Partial<NonNullable<StreamFigures['transit']>>): Partial<StreamFigures> => ({
  transit: { ...(RECEIVED.transit as NonNullable<StreamFigures['transit']>), ...over },
});

/** Which figures are left out, and that it is said. */
function leftOut(told: StreamFigures, known: KnownOfLoad): string[] {
  const { figures, contradictions } = checkPeerFigures(told, known);
  const fields = (Object.keys(told) as (keyof StreamFigures)[]).filter((key) => figures[key] !== told[key]);
  expect(contradictions.length > 0).toBe(fields.length > 0);
  for (const field of fields) expect(figures[field]).toBeUndefined();
  return fields.sort();
}

describe('checkPeerFigures', () => {
  it('leaves what can be true as it is', () => {
    expect(checkPeerFigures(RECEIVED, KNOWN)).toStrictEqual({ figures: RECEIVED, contradictions: [] });
    expect(checkPeerFigures(SENT, OF_SENDER)).toStrictEqual({ figures: SENT, contradictions: [] });
    expect(leftOut(PLAIN, { ...KNOWN, plain: true })).toStrictEqual([]);
    // Nothing told, nothing known.
    const nothing = { ...NO_RECEIVER_FIGURES, id: 1, bytes: undefined, messages: undefined, durationNs: undefined };
    for (const plain of [true, false]) {
      expect(leftOut(nothing, { ...KNOWN, plain, own: undefined })).toStrictEqual([]);
      expect(leftOut(nothing, { ...OF_SENDER, plain, own: undefined })).toStrictEqual([]);
    }
  });

  it.each<[what: string, arrived: Partial<StreamFigures>, plain: boolean, left: string[]]>([
    // A plain sender counts in a thread of its own what it has written.
    ['one message more', { bytes: 1100, messages: 11, expected: 11 }, true, []],
    ['two messages more', { bytes: 1200, messages: 12, expected: 12 }, true, ['bytes', 'messages']],
    ['one message more of a Pathgauge', { bytes: 1100, messages: 11, expected: 11 }, false, ['bytes', 'messages']],
  ])('holds what arrived against what was sent: %s', (_, arrived, plain, left) => {
    const own = { ...RECEIVED, ...arrived };
    expect(leftOut(SENT, { ...OF_SENDER, own, plain })).toStrictEqual(left);
  });

  it.each<[string, Partial<StreamFigures>, string[]]>([
    ['more bytes than were sent', { bytes: 1e12 }, ['bytes', 'messages']],
    ['more messages than were sent', { bytes: 1100, messages: 11 }, ['bytes', 'messages']],
    ['fewer than none', { messages: -999_995 }, ['messages']],
    ['other bytes than its messages have', { bytes: 700 }, ['bytes', 'messages']],
    ['a longer time than the test', { durationNs: 4e9 }, ['durationNs']],
    ['a time that ran back', { durationNs: -1 }, ['durationNs']],
    ['a higher number than was sent', { expected: 11 }, ['expected', 'lossBursts']],
    ['more messages than numbers', { expected: 7 }, ['expected', 'lossBursts']],
    ['bursts above the loss', { lossBursts: { count: 1, longest: 2, lengths: { 2: 1 } } }, ['lossBursts']],
    ['bursts below the loss', { lossBursts: { count: 0, longest: 0, lengths: {} } }, ['lossBursts']],
    [
      'long bursts above the loss',
      { lossBursts: { count: 1, longest: 2000, lengths: { '1025+': 1 } } },
      ['lossBursts'],
    ],
    ['more copies than any path makes', { duplicates: 801 }, ['duplicates']],
    ['more out of order than arrived', { reordered: 9 }, ['reorderExtent', 'reordered']],
    ['an extent and nothing out of order', { reordered: 0 }, ['reorderExtent']],
    ['a mean extent above the largest', { reorderExtent: { mean: 3, max: 2 } }, ['reorderExtent']],
    ['an extent above what arrived', { reorderExtent: { mean: 3, max: 11 } }, ['reorderExtent']],
    ['more dropped than was lost', { hostDropped: 1_000 }, ['hostDropped']],
    ['a jitter longer than the test', { jitterNs: 3.1e9 }, ['jitterNs']],
    ['more delays than messages', withTransit({ count: 9 }), ['transit']],
    ['a mean below the smallest', withTransit({ meanNs: 98 }), ['transit']],
    ['a mean above the largest', withTransit({ meanNs: 902 }), ['transit']],
    ['a spread wider than its ends', withTransit({ sumSquares: 8 * 900 ** 2 }), ['transit']],
    [
      'bins below the smallest',
      withTransit({
        bins: [
          [50, 7],
          [900, 1],
        ],
      }),
      ['transit'],
    ],
    [
      'bins above the largest',
      withTransit({
        bins: [
          [100, 7],
          [950, 1],
        ],
      }),
      ['transit'],
    ],
    ['delays that differ by more than the test', withTransit({ maxNs: 4e9, meanNs: 5e8 }), ['transit']],
    ['arrivals before they were sent', withTransit({ minNs: -2e6 }), ['transit']],
  ])('finds in what a receiver tells: %s', (_, over, fields) => {
    expect(leftOut({ ...RECEIVED, ...over }, KNOWN)).toStrictEqual(fields);
  });

  it('knows delays that no clock allows, however alike they are', () => {
    const late = withTransit({
      minNs: 3.1e9,
      meanNs: 3.1e9,
      maxNs: 3.1e9,
      sumSquares: 0,
      referenceNs: 3.1e9,
      bins: [[3.1e9, 8]],
    });
    expect(leftOut({ ...RECEIVED, ...late }, KNOWN)).toStrictEqual(['transit']);
    expect(leftOut({ ...RECEIVED, ...late }, { ...KNOWN, transit: undefined })).toStrictEqual([]);
  });

  it.each<[string, Partial<StreamFigures>, string[]]>([
    ['fewer bytes than arrived', { bytes: 700, messages: 10 }, ['bytes', 'messages']],
    ['fewer messages than arrived', { bytes: 700, messages: 7 }, ['bytes', 'messages']],
    ['fewer messages than the highest number', { bytes: 800, messages: 8 }, ['bytes', 'messages']],
    ['more messages than were asked for', { bytes: 1e11, messages: 1e9 }, ['bytes', 'messages']],
    ['a time that is none', { durationNs: 1e-300 }, ['durationNs']],
    ['half of half of the time', { durationNs: 0.2e9 }, ['durationNs']],
    ['a longer time than the test', { durationNs: 4e9 }, ['durationNs']],
    ['more sent again than there were segments', { retransmits: 1_051 }, ['retransmits']],
    ['a round trip longer than the test', { rttNs: 3.1e9 }, ['rttNs']],
    ['a window beyond any', { cwndBytes: 2 ** 41 }, ['cwndBytes']],
  ])('finds in what a sender tells: %s', (_, over, fields) => {
    expect(leftOut({ ...SENT, ...over }, OF_SENDER)).toStrictEqual(fields);
  });

  it.each<[string, Partial<StreamFigures>, Partial<KnownOfLoad>, string[]]>([
    ['more than was sent', { bytes: 1001 }, {}, ['bytes', 'messages']],
    [
      'messages that take more bytes than it got',
      { bytes: 2_000, messages: 100 },
      { own: { ...SENT, bytes: 1e5, messages: 1e3 } },
      ['bytes', 'messages'],
    ],
    ['no time at all', { durationNs: 1e-300 }, {}, ['durationNs']],
    ['no time, however short the load was', { durationNs: 1e-300 }, { loadNs: 1e6 }, ['durationNs']],
    [
      // 8e9 bits in 100 us: 80 Tbit/s.
      'a rate that no network has',
      { bytes: 1e9, messages: undefined, durationNs: 1e5 },
      { loadNs: 1e6, own: { ...SENT, bytes: 1e9 } },
      ['bytes', 'durationNs'],
    ],
    ['a time that the way explains', { durationNs: 0.1e9 }, { roundTripNs: 0.5e9 }, []],
    ['a time too short, but of a load of which it leaves a part out', { durationNs: 0.1e9 }, { omits: true }, []],
  ])('finds in what a plain receiver tells: %s', (_, over, known, fields) => {
    expect(leftOut({ ...PLAIN, ...over }, { ...KNOWN, plain: true, peerIsClient: true, ...known })).toStrictEqual(
      fields,
    );
  });

  it('allows a plain sender of a stream one block that it had not counted', () => {
    const own = { ...RECEIVED, messages: undefined, expected: undefined };
    const known: KnownOfLoad = { ...OF_SENDER, plain: true, protocol: 'tcp', planned: undefined, own };
    const bytes = (all: number) => ({ ...SENT, bytes: all, messages: undefined });
    expect(leftOut(bytes(700), known)).toStrictEqual([]);
    expect(leftOut(bytes(699), known)).toStrictEqual(['bytes']);
  });

  it('counts the bytes of a record that was under way, of records alone', () => {
    const cut = { ...RECEIVED, bytes: 899 };
    expect(leftOut(cut, { ...KNOWN, protocol: 'tcp' })).toStrictEqual([]);
    expect(leftOut(cut, KNOWN)).toStrictEqual(['bytes', 'messages']);
  });

  it('lets no rate through that is no number, or beyond what was sent', () => {
    const numbers = fc.oneof(
      fc.constantFrom(0, 1, 1e-300, 1e9, 1e12, Number.MAX_SAFE_INTEGER),
      fc.double({ min: -1e20, max: 1e20, noNaN: true }),
    );
    const figures = fc.record({ bytes: numbers, messages: numbers, durationNs: numbers });
    fc.assert(
      fc.property(figures, fc.boolean(), fc.boolean(), (over, peerSends, plain) => {
        const known = { ...(peerSends ? OF_SENDER : KNOWN), plain };
        const { bytes, messages, durationNs } = checkPeerFigures(
          { ...(peerSends ? SENT : RECEIVED), ...over },
          known,
        ).figures;
        if (bytes !== undefined && durationNs !== undefined && (peerSends || plain)) {
          expect(bytes === 0 || (bytes * 8e9) / durationNs <= 1e13).toBe(true);
        }
        if (!peerSends) {
          expect(bytes ?? 0).toBeLessThanOrEqual(1000);
          expect(messages ?? 0).toBeLessThanOrEqual(10);
        }
        expect(messages ?? 0).toBeGreaterThanOrEqual(0);
        expect(durationNs ?? 0).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  // Nine of 100 bytes and one of 40.
  it.each([
    ['all of it', 10, 940, []],
    ['all but the last', 9, 900, []],
    ['all but one before', 9, 840, []],
    ['less than it can be', 10, 939, ['bytes', 'messages']],
    ['more than it can be', 9, 901, ['bytes', 'messages']],
  ] as const)('takes the last message of an amount to be shorter: %s', (_, messages, bytes, expected) => {
    const known = { ...KNOWN, lastLength: 40, own: { ...SENT, bytes: 940 } };
    const told = { ...NO_RECEIVER_FIGURES, id: 1, messages, bytes, durationNs: 1e9 };
    expect(leftOut(told, known)).toStrictEqual(expected);
  });

  // Nine of 100 bytes and one of 107.
  it.each([
    ['all of it', 10, 1007, []],
    ['more than it can be', 10, 1008, ['bytes', 'messages']],
  ] as const)('takes the last message of an amount to be longer: %s', (_, messages, bytes, expected) => {
    const known = { ...KNOWN, lastLength: 107, own: { ...SENT, bytes: 1007 } };
    const told = { ...NO_RECEIVER_FIGURES, id: 1, messages, bytes, durationNs: 1e9 };
    expect(leftOut(told, known)).toStrictEqual(expected);
  });
});
