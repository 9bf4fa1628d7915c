import fc from 'fast-check';
import { figuresFromJson, figuresToJson, NO_RECEIVER_FIGURES, type StreamFigures } from './stream-figures';

const FIGURES: StreamFigures = {
  id: 1,
  bytes: 1000,
  messages: 3,
  durationNs: 2e9,
  jitterNs: 12.5,
  duplicates: 1,
  reordered: 2,
  reorderExtent: { mean: 1.5, max: 2 },
  // 3 of the numbers 0 to 6 arrived, so 4 were lost: a run of three and one alone.
  expected: 7,
  lossBursts: { count: 2, longest: 3, lengths: { 1: 1, 3: 1 } },
  hostDropped: 4,
  hostDroppedEstimated: true,
  // Mean of -5, -5 and 40: 10; squares of the distances: 225 + 225 + 900.
  transit: {
    count: 3,
    meanNs: 10,
    sumSquares: 1350,
    minNs: -5,
    maxNs: 40,
    referenceNs: -4,
    bins: [
      [-5, 2],
      [40, 1],
    ],
  },
  retransmits: 6,
  rttNs: 1500.5,
  cwndBytes: 14600,
  notSent: { heldUp: 7, refused: 8, blocked: 9 },
  hostStalls: { count: 2, longestNs: 2.5e9 },
  mssBytes: 1448,
  pathMtu: { bytes: 1400, from: '192.0.2.1' },
  icmp: [{ version: 6, type: 2, code: 0, from: 'fe80::1%eth0', mtuBytes: 1400, count: 3 }],
};
const TEXT =
  '{"version":1,"streams":[{"id":1,"bytes":1000,"messages":3,"durationNs":2000000000,"jitterNs":12.5,"duplicates":1,' +
  '"reordered":2,"reorderExtent":{"mean":1.5,"max":2},"expected":7,"lossBursts":{"count":2,"longest":3,"lengths":{"1":1,"3":1}},' +
  '"hostDropped":4,"hostDroppedEstimated":true,' +
  '"transit":{"count":3,"meanNs":10,"sumSquares":1350,"minNs":-5,"maxNs":40,"referenceNs":-4,"bins":[[-5,2],[40,1]]},' +
  '"retransmits":6,"rttNs":1500.5,"cwndBytes":14600,"notSent":{"heldUp":7,"refused":8,"blocked":9},"hostStalls":{"count":2,"longestNs":2500000000},' +
  '"mssBytes":1448,"pathMtu":{"bytes":1400,"from":"192.0.2.1"},' +
  '"icmp":[{"version":6,"type":2,"code":0,"from":"fe80::1%eth0","mtuBytes":1400,"count":3}]}]}';
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
  pathMtu: undefined,
  icmp: undefined,
};

/** The figures above with one key of the stream, or of its transit, replaced. */
const withStream = (key: string, value: string) =>
  JSON.parse(`{"streams":[${TEXT.slice(TEXT.indexOf('[{') + 1, -3)},"${key}":${value}}]}`);
const withTransit = (key: string, value: string) => {
  const transit = TEXT.slice(TEXT.indexOf('{"count":3'), TEXT.indexOf('},"retransmits"'));
  return withStream('transit', `${transit},"${key}":${value}}`);
};
const withBursts = (lengths: string, numbers = '"count":1,"longest":1') =>
  withStream('lossBursts', `{${numbers},"lengths":${lengths}}`);
const invalid = (field: string) => ({
  ok: false,
  failure: { code: 'invalid', field, problem: expect.stringMatching(/./) },
});

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
const MESSAGE = { version: 4, type: 11, code: 0, from: '192.0.2.1', mtuBytes: null, count: 1 };
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
    ['no transit', withStream('transit', 'null'), { transit: undefined }],
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
    ['no path MTU', withStream('pathMtu', 'null'), { pathMtu: undefined }],
    ['ICMP not heard of', withStream('icmp', 'null'), { icmp: undefined }],
    ['no ICMP, which is known', withStream('icmp', '[]'), { icmp: [] }],
    ['a window not known', withStream('cwndBytes', 'null'), { cwndBytes: undefined }],
    ['no window, which is known', withStream('cwndBytes', '0'), { cwndBytes: 0 }],
    ['no reorder extent', withStream('reorderExtent', 'null'), { reorderExtent: undefined }],
    ['no bursts told', withStream('lossBursts', 'null'), { lossBursts: undefined }],
    [
      'no bursts, which is known',
      withBursts('{}', '"count":0,"longest":0'),
      { lossBursts: { count: 0, longest: 0, lengths: {} } },
    ],
    [
      'the longest bursts, counted together',
      withBursts('{"1024":1,"1025+":2}', '"count":3,"longest":5000'),
      { lossBursts: { count: 3, longest: 5000, lengths: { 1024: 1, '1025+': 2 } } },
    ],
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
    ...[
      ['an object', '{}', 'icmp'],
      ['of more than any end tells', JSON.stringify(Array(33).fill(MESSAGE)), 'icmp'],
      ['of a number', '[7]', 'icmp'],
      ['of no version of IP', JSON.stringify([{ ...MESSAGE, version: 5 }]), 'icmp.version'],
      ['of a type above an octet', JSON.stringify([{ ...MESSAGE, type: 256 }]), 'type'],
      ['of half a code', JSON.stringify([{ ...MESSAGE, code: 0.5 }]), 'code'],
      ['that never came', JSON.stringify([{ ...MESSAGE, count: -1 }]), 'count'],
      ['from what would be printed', JSON.stringify([{ ...MESSAGE, from: '\u001b[2J' }]), 'from'],
      ['of a negative MTU', JSON.stringify([{ ...MESSAGE, mtuBytes: -1 }]), 'mtuBytes'],
    ].map(([what, value, field]) => [`ICMP ${what}`, withStream('icmp', value as string), field]),
    ['a path MTU that is a number', withStream('pathMtu', '1400'), 'pathMtu'],
    ['a path MTU without bytes', withStream('pathMtu', '{"from":null}'), 'bytes'],
    ['a path MTU from a name', withStream('pathMtu', '{"bytes":1400,"from":"router"}'), 'from'],
    ['a transit that is a list', withStream('transit', '[]'), 'transit'],
    ['a transit that is a number', withStream('transit', '7'), 'transit'],
    ['a transit without anything', withStream('transit', '{}'), 'count'],
    ['a transit without its count', withStream('transit', '{"bins":[]}'), 'count'],
    ['no bins, yet a count', withTransit('bins', '[]'), 'transit.count'],
    ['a count above its bins', withTransit('count', '4'), 'transit.count'],
    ['a count below its bins', withTransit('count', '2'), 'transit.count'],
    ['a count of 0', withTransit('count', '0'), 'count'],
    ['a negative sum of squares', withTransit('sumSquares', '-1'), 'sumSquares'],
    ...['null', '{}', '"x"', '7'].map((value) => [`bins ${value}`, withTransit('bins', value), 'transit.bins']),
    ...[
      ['that descend', '[[40,1],[-5,2]]'],
      ['that repeat', '[[40,1],[40,2]]'],
      ['of halves', '[[-5.5,2],[40,1]]'],
      ['of half occurrences', '[[-5,2.5],[40,0.5]]'],
      ['without occurrences', '[[-5,0],[40,3]]'],
      ['of negative occurrences', '[[-5,-1],[40,4]]'],
      ['beyond centuries', '[[-5,2],[1e20,1]]'],
      ['beyond doubles', '[[-1e309,2],[40,1]]'],
      ['of strings', '[["-5",2],[40,1]]'],
      ['of nulls', '[[null,2],[40,1]]'],
      ['of one', '[[3]]'],
      ['of three', '[[-5,2,0],[40,1]]'],
      ['of objects', '[{"0":-5,"1":2,"length":2},[40,1]]'],
      ['of null', '[null]'],
    ].map(([name, value]) => [`bins ${name}`, withTransit('bins', value!), 'transit.bins']),
    ...['7', '"x"', 'true', '[]'].map((value) => [
      `a reorder extent ${value}`,
      withStream('reorderExtent', value),
      'reorderExtent',
    ]),
    ['a reorder extent without anything', withStream('reorderExtent', '{}'), 'mean'],
    ...['"1"', 'null', '-1', '1e309'].flatMap((value) => [
      [`a mean extent ${value}`, withStream('reorderExtent', `{"mean":${value},"max":2}`), 'mean'],
      [`a largest extent ${value}`, withStream('reorderExtent', `{"mean":1,"max":${value}}`), 'max'],
      [`a burst count ${value}`, withBursts('{}', `"count":${value},"longest":1`), 'count'],
      [`a longest burst ${value}`, withBursts('{}', `"count":1,"longest":${value}`), 'longest'],
    ]),
    ['a largest extent of 1.5', withStream('reorderExtent', '{"mean":1,"max":1.5}'), 'max'],
    ...['7', '"x"', 'true', '[]'].map((value) => [`bursts ${value}`, withStream('lossBursts', value), 'lossBursts']),
    ['bursts of a prototype', withStream('lossBursts', '{"__proto__":{"count":1,"longest":1,"lengths":{}}}'), 'count'],
    ['bursts without lengths', withStream('lossBursts', '{"count":1,"longest":1}'), 'lossBursts.lengths'],
    ...['null', '[]', '[1]', '7', '"1"'].map((value) => [
      `burst lengths ${value}`,
      withBursts(value),
      'lossBursts.lengths',
    ]),
    ...[
      '0',
      '00',
      '01',
      '-1',
      '1.5',
      '1e3',
      '0x1',
      '1026+',
      '1024+',
      '1025',
      '1026',
      '9999',
      '10000',
      'NaN',
      '',
      ' 1',
      '__proto__',
      'constructor',
    ].map((key) => [`a burst length "${key}"`, withBursts(`{${JSON.stringify(key)}:1}`), 'lossBursts.lengths']),
    ['bursts without a length', withBursts('{}'), 'lossBursts.count'],
    ['more bursts than lengths', withBursts('{"3":1}', '"count":2,"longest":3'), 'lossBursts.count'],
    ['a longest burst that is none of them', withBursts('{"3":1}', '"count":1,"longest":4'), 'lossBursts.longest'],
    ['a longest burst below them', withBursts('{"1025+":1}', '"count":1,"longest":1024'), 'lossBursts.longest'],
    ...['0', '-1', '0.5', '1e309', '9007199254740992', '"1"', 'null', '{}', 'true'].map((value) => [
      `${value} bursts of a length`,
      withBursts(`{"3":${value}}`),
      'lossBursts.lengths',
    ]),
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
    ...['count', 'meanNs', 'sumSquares', 'minNs', 'maxNs', 'referenceNs'].flatMap((key) =>
      ['"1"', 'true', '[]', '{}', '1e309', '-1e309'].map((value) => [`${key} ${value}`, withTransit(key, value), key]),
    ),
  ] as [string, unknown, string][])('names what is wrong with %s', (_, json, field) => {
    expect(figuresFromJson(json)).toStrictEqual(invalid(field));
  });

  it('refuses more bins than a distribution has', () => {
    const bins = (count: number) => Array.from({ length: count }, (_, i) => [i, 1]);
    const read = (count: number) =>
      figuresFromJson(withTransit('count', `${count},"bins":${JSON.stringify(bins(count))}`));
    expect(read(131_072).ok).toBe(true);
    expect(read(131_073)).toStrictEqual(invalid('transit.bins'));
  });

  it('takes a burst of every length there is', () => {
    const every = Object.fromEntries(Array.from({ length: 1024 }, (_, i) => [i + 1, 1]));
    const read = figuresFromJson(withBursts(JSON.stringify({ ...every, '1025+': 1 }), '"count":1025,"longest":2000'));
    expect(read.ok && Object.keys(read.value[0]?.lossBursts?.lengths ?? {})).toHaveLength(1025);
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
