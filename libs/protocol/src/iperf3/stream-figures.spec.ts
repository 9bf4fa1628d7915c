import fc from 'fast-check';
import { FIGURES, invalid, TEXT, withStream } from '../../test/stream-figures';
import { figuresFromJson, figuresToJson, NO_RECEIVER_FIGURES, type StreamFigures } from './stream-figures';

/** What a peer that does not know the newer figures sends. */
const OLDER =
  '{"version":1,"streams":[{"id":1,"bytes":1000,"messages":3,"durationNs":2000000000,"jitterNs":12.5,"duplicates":1,"reordered":2}]}';
/** Nothing that an end may not know. */
const UNKNOWN = {
  messages: undefined,
  jitterNs: undefined,
  reorderExtent: undefined,
  expected: undefined,
  lossBursts: undefined,
  hostDropped: undefined,
  transit: undefined,
  retransmits: undefined,
  rttNs: undefined,
  cwndBytes: undefined,
  notSent: undefined,
  hostStalls: undefined,
  mssBytes: undefined,
  congestion: undefined,
  pathMtu: undefined,
  icmp: undefined,
};

const whole = fc.integer({ min: -1e12, max: 1e12 });
const transits = fc
  .uniqueArray(fc.tuple(whole, fc.integer({ min: 1, max: 1e6 })), {
    selector: ([value]) => value,
    maxLength: 20,
    minLength: 1,
  })
  .map((bins) => {
    bins.sort(([a], [b]) => a - b);
    const count = bins.reduce((sum, [, occurrences]) => sum + occurrences, 0);
    return {
      count,
      meanNs: bins[0]![0],
      sumSquares: 1.5,
      minNs: bins[0]![0],
      maxNs: bins.at(-1)![0],
      referenceNs: bins[0]![0] - 1,
      bins,
    };
  });
/** A run of each length, so that the keys are all there are. */
const lengths = fc
  .uniqueArray(fc.oneof(fc.integer({ min: 1, max: 1024 }).map(String), fc.constant('1025+')), { maxLength: 8 })
  .chain((keys) => fc.tuple(...keys.map((key) => fc.tuple(fc.constant(key), fc.integer({ min: 1, max: 1e9 })))))
  .map((entries) => Object.fromEntries(entries) as Record<string, number>);
const extents = fc.record(
  { mean: fc.double({ min: 1, max: 1e6, noNaN: true }), max: fc.maxSafeNat() },
  { noNullPrototype: true },
);
const bursts = lengths.map((all) => ({
  count: Object.values(all).reduce((sum, count) => sum + count, 0),
  longest: Math.max(0, ...Object.keys(all).map((key) => Number.parseInt(key, 10))),
  lengths: all,
}));
const addresses = fc.option(fc.oneof(fc.ipV4(), fc.ipV6()), { nil: undefined });
const streams = fc.record(
  {
    id: fc.nat(300),
    bytes: fc.maxSafeNat(),
    messages: fc.option(fc.maxSafeNat(), { nil: undefined }),
    durationNs: fc.maxSafeNat(),
    jitterNs: fc.option(fc.nat(), { nil: undefined }),
    duplicates: fc.nat(),
    reordered: fc.nat(),
    reorderExtent: fc.option(extents, { nil: undefined }),
    expected: fc.option(fc.maxSafeNat(), { nil: undefined }),
    lossBursts: fc.option(bursts, { nil: undefined }),
    hostDropped: fc.option(fc.maxSafeNat(), { nil: undefined }),
    hostDroppedEstimated: fc.boolean(),
    transit: fc.option(transits, { nil: undefined }),
    retransmits: fc.option(fc.maxSafeNat(), { nil: undefined }),
    rttNs: fc.option(fc.double({ min: 0, max: Number.MAX_SAFE_INTEGER, noNaN: true }), { nil: undefined }),
    cwndBytes: fc.option(fc.maxSafeNat(), { nil: undefined }),
    notSent: fc.option(
      fc.record({ heldUp: fc.nat(), refused: fc.nat(), blocked: fc.nat() }, { noNullPrototype: true }),
      {
        nil: undefined,
      },
    ),
    hostStalls: fc.option(fc.record({ count: fc.nat(), longestNs: fc.nat() }, { noNullPrototype: true }), {
      nil: undefined,
    }),
    mssBytes: fc.option(fc.maxSafeNat(), { nil: undefined }),
    congestion: fc.constantFrom(undefined, 'cubic'),
    pathMtu: fc.option(fc.record({ bytes: fc.nat(), from: addresses }, { noNullPrototype: true }), { nil: undefined }),
    icmp: fc.option(
      fc.array(
        fc.record(
          {
            version: fc.constantFrom(4, 6),
            type: fc.nat(255),
            code: fc.nat(255),
            from: addresses,
            mtuBytes: fc.option(fc.nat(), { nil: undefined }),
            count: fc.nat(),
          },
          { noNullPrototype: true },
        ),
        { maxLength: 32 },
      ),
      { nil: undefined },
    ),
  },
  { noNullPrototype: true },
);

describe('figuresToJson', () => {
  it('writes every figure', () => {
    expect(JSON.stringify(figuresToJson([FIGURES]))).toBe(TEXT);
  });

  it('writes null for what is not known', () => {
    const json = figuresToJson([{ ...FIGURES, ...UNKNOWN }]);
    const nulls = Object.fromEntries(Object.keys(UNKNOWN).map((key) => [key, null]));
    // toMatchObject takes undefined for null; JSON does not.
    expect(JSON.parse(JSON.stringify(json))).toMatchObject({ streams: [nulls] });
  });
});

describe('figuresFromJson', () => {
  it('reads every figure', () => {
    expect(figuresFromJson(JSON.parse(TEXT))).toStrictEqual({ ok: true, value: [FIGURES] });
  });

  it('reads what an older peer sends, which knows less', () => {
    expect(figuresFromJson(JSON.parse(OLDER))).toStrictEqual({
      ok: true,
      value: [{ ...FIGURES, ...NO_RECEIVER_FIGURES, jitterNs: 12.5, duplicates: 1, reordered: 2 }],
    });
  });

  it('undoes figuresToJson', () => {
    fc.assert(
      fc.property(fc.array(streams, { maxLength: 4 }), (figures) => {
        const json = JSON.parse(JSON.stringify(figuresToJson(figures)));
        expect(figuresFromJson(json)).toStrictEqual({ ok: true, value: figures });
      }),
    );
  });

  it.each<[string, unknown, Partial<StreamFigures>]>([
    ['messages not known', withStream('messages', 'null'), { messages: undefined }],
    ['jitter not known', withStream('jitterNs', 'null'), { jitterNs: undefined }],
    ['no messages, which is known', withStream('messages', '0'), { messages: 0 }],
    ['no jitter, which is known', withStream('jitterNs', '0'), { jitterNs: 0 }],
    ['what arrived not known', withStream('expected', 'null'), { expected: undefined }],
    ['nothing expected, which is known', withStream('expected', '0'), { expected: 0 }],
    ['host drops not known', withStream('hostDropped', 'null'), { hostDropped: undefined }],
    ['no host drops, which is known', withStream('hostDropped', '0'), { hostDropped: 0 }],
    ...['null', 'false', '0', '1', '"true"', '{}'].map((value): [string, unknown, Partial<StreamFigures>] => [
      `host drops that are a count: ${value}`,
      withStream('hostDroppedEstimated', value),
      { hostDroppedEstimated: false },
    ]),
    ['retransmits not known', withStream('retransmits', 'null'), { retransmits: undefined }],
    ['no retransmits, which is known', withStream('retransmits', '0'), { retransmits: 0 }],
    ['a round trip not known', withStream('rttNs', 'null'), { rttNs: undefined }],
    ['half a nanosecond', withStream('rttNs', '0.5'), { rttNs: 0.5 }],
    ['nothing not sent told', withStream('notSent', 'null'), { notSent: undefined }],
    ['no stalls told', withStream('hostStalls', 'null'), { hostStalls: undefined }],
    ['no segment size', withStream('mssBytes', 'null'), { mssBytes: undefined }],
    ['a window not known', withStream('cwndBytes', 'null'), { cwndBytes: undefined }],
    ['no window, which is known', withStream('cwndBytes', '0'), { cwndBytes: 0 }],
    ['no reorder extent', withStream('reorderExtent', 'null'), { reorderExtent: undefined }],
    ['a key of a prototype', withStream('__proto__', '{"bytes":7}'), {}],
    ['an unknown key', withStream('later', '{}'), {}],
  ])('reads %s', (_, json, expected) => {
    expect(figuresFromJson(json)).toStrictEqual({ ok: true, value: [{ ...FIGURES, ...expected }] });
  });

  it.each([
    ['undefined', undefined, 'pathgauge'],
    ['null', null, 'pathgauge'],
    ['a list', [], 'pathgauge'],
    ['a string', 'x', 'pathgauge'],
    ['no streams', {}, 'pathgauge.streams'],
    ['streams that are an object', { streams: { length: 1 } }, 'pathgauge.streams'],
    ['streams of a prototype', JSON.parse('{"__proto__":{"streams":[]}}'), 'pathgauge.streams'],
    ['a stream that is null', { streams: [null] }, 'pathgauge.streams'],
    ['a stream that is a list', { streams: [[]] }, 'pathgauge.streams'],
    ['more streams than any test has', { streams: new Array(300).fill({}) }, 'pathgauge.streams'],
    ...['7', '"x"', 'true', '[]'].map((value) => [
      `a reorder extent ${value}`,
      withStream('reorderExtent', value),
      'reorderExtent',
    ]),
    ['a reorder extent without anything', withStream('reorderExtent', '{}'), 'mean'],
    ...['"1"', 'null', '-1', '1e309'].flatMap((value) => [
      [`a mean extent ${value}`, withStream('reorderExtent', `{"mean":${value},"max":2}`), 'mean'],
      [`a largest extent ${value}`, withStream('reorderExtent', `{"mean":1,"max":${value}}`), 'max'],
    ]),
    ['a largest extent of 1.5', withStream('reorderExtent', '{"mean":1,"max":1.5}'), 'max'],
    ...[
      'id',
      'bytes',
      'messages',
      'durationNs',
      'jitterNs',
      'duplicates',
      'reordered',
      'expected',
      'hostDropped',
      'retransmits',
      'rttNs',
      'cwndBytes',
    ].flatMap((key) =>
      ['"1"', 'true', '[]', '{}', '1e309', '-1', '1e20'].map((value) => [
        `${key} ${value}`,
        withStream(key, value),
        key,
      ]),
    ),
    ...[
      'id',
      'bytes',
      'messages',
      'duplicates',
      'reordered',
      'expected',
      'hostDropped',
      'retransmits',
      'cwndBytes',
    ].map((key) => [`${key} 1.5`, withStream(key, '1.5'), key]),
  ] as [string, unknown, string][])('names what is wrong with %s', (_, json, field) => {
    expect(figuresFromJson(json)).toStrictEqual(invalid(field));
  });

  it('never throws', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, Number.NaN, -1, [[1, 1]], [[1]]),
    );
    const keys = [
      'id',
      'bytes',
      'messages',
      'jitterNs',
      'transit',
      'reorderExtent',
      'expected',
      'lossBursts',
      'hostDropped',
      'retransmits',
      'rttNs',
      'cwndBytes',
    ];
    const transit = fc.record(
      { count: fc.oneof(fc.constant(1), values), bins: values, meanNs: values },
      { requiredKeys: ['count'] },
    );
    const withLengths = fc.record({ lossBursts: fc.record({ count: values, longest: values, lengths: values }) });
    const stream = fc.oneof(
      fc.dictionary(fc.constantFrom(...keys), values),
      fc.record({ transit }),
      withLengths,
      values,
    );
    fc.assert(
      fc.property(fc.oneof(values, fc.record({ streams: fc.oneof(values, fc.array(stream)) })), (json) => {
        const result = figuresFromJson(json);
        if (!result.ok) expect(result.failure.code).toBe('invalid');
        else
          for (const { bytes } of result.value)
            expect(bytes === undefined || (Number.isFinite(bytes) && bytes >= 0)).toBe(true);
      }),
    );
  });
});
