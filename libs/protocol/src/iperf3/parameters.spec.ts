import fc from 'fast-check';
import { TCP_LENGTH, UDP_LENGTH } from './limits';
import { type Parameters, parametersFromJson, parametersToJson } from './parameters';

const read = (text: string) => parametersFromJson(JSON.parse(text));

const DEFAULTS: Parameters = {
  protocol: 'tcp',
  sctp: false,
  timeSeconds: 0,
  omitSeconds: 0,
  parallel: 1,
  reverse: false,
  bidirectional: false,
  bytes: undefined,
  blocks: undefined,
  length: 131_072,
  bandwidth: 0,
  burst: 1,
  pacingBitsPerSecond: undefined,
  windowBytes: undefined,
  mssBytes: undefined,
  congestion: undefined,
  noDelay: false,
  trafficClass: undefined,
  flowLabel: undefined,
  repeatingPayload: false,
  getServerOutput: false,
  authToken: undefined,
  counters64Bit: false,
  dontFragment: false,
  extension: undefined,
};

/** Sent by iperf3 3.12 clients, captured on loopback (tshark, and a relay that logs); the options are in front. */
const CAPTURED: [string, string, Partial<Parameters>][] = [
  [
    '-t 1 -P 2 -l 4096 -b 10M',
    '{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":2,"len":4096,"bandwidth":10000000,"pacing_timer":1000,"client_version":"3.12"}',
    { timeSeconds: 1, parallel: 2, length: 4096, bandwidth: 10_000_000 },
  ],
  [
    '-t 1 --bidir -b 8M',
    '{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"bidirectional":true,"len":131072,"bandwidth":8000000,"pacing_timer":1000,"client_version":"3.12"}',
    { timeSeconds: 1, bidirectional: true, bandwidth: 8_000_000 },
  ],
  [
    '-u -t 1 -b 1M --udp-counters-64bit',
    '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"len":32768,"bandwidth":1000000,"pacing_timer":1000,"udp_counters_64bit":1,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, length: 32_768, bandwidth: 1_000_000, counters64Bit: true },
  ],
  [
    '-u -t 1 -R -b 1M --dont-fragment',
    '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"reverse":true,"len":32768,"bandwidth":1000000,"pacing_timer":1000,"dont_fragment":1,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, reverse: true, length: 32_768, bandwidth: 1_000_000, dontFragment: true },
  ],
  [
    '-u -t 1 -R -b 1M',
    '{"udp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"reverse":true,"len":32768,"bandwidth":1000000,"pacing_timer":1000,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, reverse: true, length: 32_768, bandwidth: 1_000_000 },
  ],
  [
    '-u -t 1 -O 1 -b 0.5M -P 3',
    '{"udp":true,"omit":1,"time":1,"num":0,"blockcount":0,"parallel":3,"len":32768,"bandwidth":500000,"pacing_timer":1000,"client_version":"3.12"}',
    { protocol: 'udp', timeSeconds: 1, omitSeconds: 1, parallel: 3, length: 32_768, bandwidth: 500_000 },
  ],
];

/** The same, with keys that our own client never sends. */
const CAPTURED_OTHERS: [string, string, Partial<Parameters>][] = [
  [
    '-t 1 -b 0',
    '{"tcp":true,"omit":0,"time":1,"num":0,"blockcount":0,"parallel":1,"len":131072,"pacing_timer":1000,"client_version":"3.12"}',
    { timeSeconds: 1 },
  ],
  [
    '-n 100K -w 64K -C cubic -M 1400 -N -S 16 -T ttl -Z --pacing-timer 500',
    '{"tcp":true,"omit":0,"time":0,"num":102400,"blockcount":0,"MSS":1400,"nodelay":true,"parallel":1,"window":65536,"len":131072,"pacing_timer":500,"TOS":16,"title":"ttl","congestion":"cubic","zerocopy":1,"client_version":"3.12"}',
    {
      ...{ bytes: 102_400, windowBytes: 65_536, congestion: 'cubic', mssBytes: 1400, noDelay: true, trafficClass: 16 },
    },
  ],
  [
    '-k 5 -R -u -l 1000',
    '{"udp":true,"omit":0,"time":0,"num":0,"blockcount":5,"parallel":1,"reverse":true,"len":1000,"bandwidth":1048576,"pacing_timer":1000,"client_version":"3.12"}',
    { protocol: 'udp', reverse: true, length: 1000, bandwidth: 1_048_576, blocks: 5 },
  ],
];

describe('parametersFromJson', () => {
  it.each([...CAPTURED, ...CAPTURED_OTHERS])('reads what iperf3 3.12 sends for %s', (_, text, expected) => {
    expect(read(text)).toStrictEqual({ ok: true, value: { ...DEFAULTS, ...expected } });
  });

  it.each<[string, string, Partial<Parameters>]>([
    ['nothing at all', '{}', {}],
    ['UDP without a rate, which is what iperf3 -b 0 sends', '{"udp":true}', { protocol: 'udp', length: 1460 }],
    ['UDP without limit', '{"udp":true,"bandwidth":0}', { protocol: 'udp', length: 1460 }],
    ['both protocols', '{"tcp":true,"udp":true}', { protocol: 'udp', length: 1460 }],
    ['a length of 0: the default', '{"len":0}', {}],
    ['nulls', '{"tcp":null,"udp":null,"time":null,"len":null,"parallel":null,"reverse":null}', {}],
    ['flags as numbers', '{"reverse":1,"udp":0,"udp_counters_64bit":0}', { reverse: true }],
    [
      'the bounds',
      '{"time":86400,"parallel":128,"len":1048576}',
      { timeSeconds: 86_400, parallel: 128, length: 1_048_576 },
    ],
    ['the bounds of UDP', '{"udp":1,"len":65507,"bandwidth":1}', { protocol: 'udp', length: 65_507, bandwidth: 1 }],
    ['the lower bound of UDP', '{"udp":1,"len":16,"bandwidth":1}', { protocol: 'udp', length: 16, bandwidth: 1 }],
    ['the lower bound of TCP', '{"len":1}', { length: 1 }],
    ['part of a second', '{"time":0.5}', { timeSeconds: 0.5 }],
    ['duplicate keys: the last counts', '{"time":-1,"time":5,"udp":true,"udp":false}', { timeSeconds: 5 }],
    ['unknown keys', '{"time":5,"x":{"y":[1e309]},"title":7,"extra_data":[]}', { timeSeconds: 5 }],
    [
      'keys of a prototype',
      '{"__proto__":{"udp":true,"time":-1,"pathgauge":1},"constructor":{"prototype":{"reverse":true}},"toString":1}',
      {},
    ],
    [
      'the extension',
      '{"pathgauge":{"version":1,"features":["clock"]}}',
      { extension: { version: 1, features: ['clock'] } },
    ],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toStrictEqual({ ok: true, value: { ...DEFAULTS, ...expected } });
  });

  const wrongNumbers = ['"1"', 'true', '[]', '[1]', '{}', '1e309', '-1e309', '-1', '-0.5', '1e18'];
  const wrongFlags = ['"true"', '"1"', '""', '[]', '{}'];
  it.each([
    ...['time', 'omit', 'parallel', 'len', 'bandwidth'].flatMap((key) => wrongNumbers.map((value) => [key, value])),
    ...['tcp', 'udp', 'sctp', 'reverse', 'bidirectional', 'udp_counters_64bit'].flatMap((key) =>
      wrongFlags.map((value) => [key, value]),
    ),
    ...['1', 'true', '"x"', '[]', '{}', 'null'].map((value) => ['pathgauge', value]),
    ...['num', 'blockcount', 'burst', 'fqrate', 'MSS', 'window', 'TOS', 'flowlabel'].flatMap((key) =>
      [...wrongNumbers, '1.5'].map((value) => [key, value]),
    ),
    ...['nodelay', 'get_server_output', 'repeating_payload', 'dont_fragment'].flatMap((key) =>
      wrongFlags.map((value) => [key, value]),
    ),
    ...['congestion', 'authtoken'].flatMap((key) =>
      ['1', 'true', '[]', '{}', '"a\\u001b[2J"', `"${'x'.repeat(4097)}"`].map((value) => [key, value]),
    ),
    ['parallel', '0'],
    ['parallel', '1.5'],
    ['len', '1.5'],
    ['bandwidth', '9007199254740992'],
  ] as [string, string][])('names "%s" when it is %s', (key, value) => {
    expect(read(`{"${key}":${value}}`)).toStrictEqual({
      ok: false,
      failure: {
        code: 'invalid',
        field: expect.stringMatching(new RegExp(`^${key}`)),
        problem: expect.stringMatching(/./),
      },
    });
  });

  // A server has a code of its own for each.
  it.each<[string, string, Partial<Parameters>]>([
    ['a datagram without room for its header', '{"udp":true,"len":15}', { protocol: 'udp', length: 15 }],
    ['a block that is too long', '{"len":1048577}', { length: 1_048_577 }],
    [
      'two directions that exclude each other',
      '{"reverse":1,"bidirectional":1}',
      { reverse: true, bidirectional: true },
    ],
    ['too many streams', '{"parallel":129}', { parallel: 129 }],
    ['a time that is too long', '{"time":86401,"omit":601}', { timeSeconds: 86_401, omitSeconds: 601 }],
    ['a protocol that nobody serves', '{"sctp":true}', { sctp: true }],
  ])('reads %s, though nobody may serve it', (_, text, expected) => {
    expect(read(text)).toStrictEqual({ ok: true, value: { ...DEFAULTS, ...expected } });
  });

  it('takes nothing from a prototype', () => {
    expect(parametersFromJson(Object.create({ udp: true, time: 9 }))).toStrictEqual({ ok: true, value: DEFAULTS });
  });

  it('never throws, and gives only counts and flags', () => {
    const keys = [
      'tcp',
      'udp',
      'reverse',
      'bidirectional',
      'time',
      'omit',
      'parallel',
      'len',
      'bandwidth',
      'burst',
      'pathgauge',
    ];
    const values = fc.oneof(
      fc.jsonValue(),
      fc.double(),
      fc.nat(200),
      fc.boolean(),
      fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, Number.NaN, null, 2 ** 53, { features: ['clock'] }),
    );
    // A few keys at a time, or hardly any would get through.
    const objects = fc.dictionary(fc.constantFrom(...keys), values, { maxKeys: 3, noNullPrototype: true });
    fc.assert(
      fc.property(objects, (json) => {
        const result = parametersFromJson(json);
        if (!result.ok) {
          expect(result.failure).toMatchObject({ code: 'invalid', problem: expect.stringMatching(/./) });
          return;
        }
        const { timeSeconds, omitSeconds, parallel, length, bandwidth, burst } = result.value;
        for (const value of [timeSeconds, omitSeconds, bandwidth]) {
          expect(value >= 0 && value < 2 ** 53).toBe(true);
        }
        for (const value of [parallel, length, burst]) expect(Number.isSafeInteger(value) && value >= 1).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('parametersToJson', () => {
  it.each(CAPTURED)('writes what iperf3 3.12 does for %s', (_, text, parameters) => {
    const json = parametersToJson({ ...DEFAULTS, ...parameters });
    expect(JSON.parse(JSON.stringify(json))).toStrictEqual(JSON.parse(text));
  });

  it.each([
    [0, 0],
    // Never rounded to the 0 that means "as fast as it goes".
    [0.2, 1],
    [1_000_000.4, 1_000_000],
  ])('writes the bandwidth %d as %d', (bandwidth, expected) => {
    expect(parametersToJson({ ...DEFAULTS, bandwidth })).toMatchObject({ bandwidth: expected });
  });

  it('writes the extension as it is asked for', () => {
    const json = parametersToJson({
      ...DEFAULTS,
      extension: { version: 1, features: ['records', 'clock', 'datagrams'] },
    });
    expect(JSON.stringify(json)).toContain('"pathgauge":{"version":1,"features":["records","clock","datagrams"]}');
  });

  it('has the bounds of iperf3', () => {
    expect(TCP_LENGTH).toStrictEqual({ min: 1, max: 1_048_576, fallback: 131_072 });
    expect(UDP_LENGTH).toStrictEqual({ min: 16, max: 65_507, fallback: 1460 });
  });

  it('is undone by parametersFromJson', () => {
    const both = {
      sctp: fc.constant(false),
      timeSeconds: fc.nat(86_400),
      omitSeconds: fc.nat(86_400),
      parallel: fc.integer({ min: 1, max: 128 }),
      bandwidth: fc.maxSafeNat(),
      bytes: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
      blocks: fc.option(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), { nil: undefined }),
      burst: fc.integer({ min: 1, max: 1000 }),
      pacingBitsPerSecond: fc.option(fc.integer({ min: 1, max: 1e12 }), { nil: undefined }),
      windowBytes: fc.option(fc.integer({ min: 1, max: 2 ** 29 }), { nil: undefined }),
      mssBytes: fc.option(fc.integer({ min: 1, max: 9216 }), { nil: undefined }),
      congestion: fc.option(fc.constantFrom('cubic', 'bbr'), { nil: undefined }),
      noDelay: fc.boolean(),
      trafficClass: fc.option(fc.integer({ min: 0, max: 255 }), { nil: undefined }),
      flowLabel: fc.option(fc.integer({ min: 1, max: 2 ** 20 }), { nil: undefined }),
      repeatingPayload: fc.boolean(),
      getServerOutput: fc.boolean(),
      authToken: fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
      counters64Bit: fc.boolean(),
      dontFragment: fc.boolean(),
      extension: fc.option(
        fc.record(
          {
            version: fc.integer({ min: 1, max: 9 }),
            features: fc.subarray(['records', 'clock', 'datagrams'] as const),
            spacingNs: fc.integer({ min: 1, max: 1e12 }),
            durationNs: fc.integer({ min: 1, max: 1e15 }),
            omitNs: fc.integer({ min: 1, max: 1e12 }),
            reportIntervalNs: fc.integer({ min: 10e6, max: 1e12 }),
          },
          { requiredKeys: ['version', 'features'], noNullPrototype: true },
        ),
        { nil: undefined },
      ),
    };
    const direction = fc.constantFrom(
      { reverse: false, bidirectional: false },
      { reverse: true, bidirectional: false },
      { reverse: false, bidirectional: true },
    );
    const protocol = fc.oneof(
      fc.record({ protocol: fc.constant('tcp' as const), length: fc.integer({ min: 1, max: 1_048_576 }) }),
      fc.record({ protocol: fc.constant('udp' as const), length: fc.integer({ min: 16, max: 65_507 }) }),
    );
    fc.assert(
      fc.property(fc.record(both), direction, protocol, (common, way, kind) => {
        const parameters: Parameters = { ...common, ...way, ...kind };
        const json = JSON.parse(JSON.stringify(parametersToJson(parameters)));
        expect(parametersFromJson(json)).toStrictEqual({ ok: true, value: parameters });
      }),
    );
  });
});
