import fc from 'fast-check';
import { CAPTURED, DEFAULTS } from '../../test/captured-parameters';
import { type Parameters, parametersFromJson } from './parameters';

const read = (text: string) => parametersFromJson(JSON.parse(text));

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
