import fc from 'fast-check';
import { type Results, resultsFromJson, resultsToJson, type StreamReport } from './results';

const read = (text: string) => resultsFromJson(JSON.parse(text));

const STREAM: StreamReport = {
  id: 1,
  bytes: 0,
  retransmits: undefined,
  jitterSeconds: 0,
  errors: 0,
  packets: 0,
  omittedErrors: undefined,
  omittedPackets: undefined,
  startSeconds: 0,
  endSeconds: 0,
};

/** Nothing that may be left out. */
const NOTHING: Pick<Results, 'cpu' | 'congestion' | 'serverOutput' | 'extension'> = {
  cpu: undefined,
  congestion: undefined,
  serverOutput: undefined,
  extension: undefined,
};
const cpu = (percent: number, userPercent: number, systemPercent: number) => ({
  cpu: { percent, userPercent, systemPercent },
});

// iperf3 3.12 over loopback, captured. It sends -1 as an unsigned number of 64 bits.
const CAPTURED: [string, string, Results][] = [
  [
    'the client of -P 2 -b 10M',
    '{"cpu_util_total":8.17822126403661,"cpu_util_user":0,"cpu_util_system":8.1783157389544652,"sender_has_retransmits":1,"congestion_used":"bbr","streams":[{"id":1,"bytes":1249280,"retransmits":0,"jitter":0,"errors":0,"packets":0,"start_time":0,"end_time":1.00252},{"id":3,"bytes":1249280,"retransmits":0,"jitter":0,"errors":0,"packets":0,"start_time":0,"end_time":1.002529}]}',
    {
      ...NOTHING,
      ...cpu(8.17822126403661, 0, 8.178315738954465),
      congestion: 'bbr',
      sending: true,
      streams: [
        { ...STREAM, bytes: 1_249_280, retransmits: 0, endSeconds: 1.00252 },
        { ...STREAM, id: 3, bytes: 1_249_280, retransmits: 0, endSeconds: 1.002529 },
      ],
    },
  ],
  [
    'its server',
    '{"cpu_util_total":1.5564351025219942,"cpu_util_user":1.5564351025219942,"cpu_util_system":0,"sender_has_retransmits":18446744073709551615,"congestion_used":"bbr","streams":[{"id":1,"bytes":1249280,"retransmits":18446744073709551615,"jitter":0,"errors":0,"packets":0,"start_time":0,"end_time":1.046745},{"id":3,"bytes":1249280,"retransmits":18446744073709551615,"jitter":0,"errors":0,"packets":0,"start_time":0,"end_time":1.046752}]}',
    {
      ...NOTHING,
      ...cpu(1.5564351025219942, 1.5564351025219942, 0),
      congestion: 'bbr',
      sending: false,
      streams: [
        { ...STREAM, bytes: 1_249_280, endSeconds: 1.046745 },
        { ...STREAM, id: 3, bytes: 1_249_280, endSeconds: 1.046752 },
      ],
    },
  ],
  [
    'the client of -u -b 1M',
    '{"cpu_util_total":3.5735238361303456,"cpu_util_user":0.70730149861313429,"cpu_util_system":2.8661225630076026,"sender_has_retransmits":0,"streams":[{"id":1,"bytes":131072,"retransmits":18446744073709551615,"jitter":0,"errors":0,"packets":4,"start_time":0,"end_time":1.000122}]}',
    {
      ...NOTHING,
      ...cpu(3.5735238361303456, 0.7073014986131343, 2.8661225630076026),
      sending: true,
      streams: [{ ...STREAM, bytes: 131_072, packets: 4, endSeconds: 1.000122 }],
    },
  ],
  [
    'its server',
    '{"cpu_util_total":0.027285975008845453,"cpu_util_user":0.027186026382439426,"cpu_util_system":0,"sender_has_retransmits":18446744073709551615,"streams":[{"id":1,"bytes":131072,"retransmits":18446744073709551615,"jitter":4.609619140625e-06,"errors":0,"packets":4,"start_time":0,"end_time":1.000497}]}',
    {
      ...NOTHING,
      ...cpu(0.027285975008845453, 0.027186026382439426, 0),
      sending: false,
      streams: [{ ...STREAM, bytes: 131_072, jitterSeconds: 4.609619140625e-6, packets: 4, endSeconds: 1.000497 }],
    },
  ],
];

describe('resultsFromJson', () => {
  it.each(CAPTURED)('reads what iperf3 3.12 sends: %s', (_, text, expected) => {
    expect(read(text)).toStrictEqual({ ok: true, value: expected });
  });

  // Every key that iperf3 insists on, and then whatever a case adds: of two keys of one name the last counts.
  const HEAD = '"sender_has_retransmits":-1';
  const WHOLE = '"id":1,"bytes":0,"retransmits":-1,"jitter":0,"errors":0,"packets":0';
  const withStream = (more: string): string => `{${HEAD},"streams":[{${WHOLE}${more}}]}`;

  it.each<[string, string, Partial<Results>]>([
    ['no streams', `{${HEAD},"streams":[]}`, {}],
    ['-1 as such', withStream(''), { streams: [STREAM] }],
    ['unknown keys', `{${HEAD},"streams":[{${WHOLE},"x":{}}],"y":[]}`, { streams: [STREAM] }],
    ['duplicate keys: the last counts', `{"streams":7,${HEAD},"streams":[{"id":-5,${WHOLE}}]}`, { streams: [STREAM] }],
    [
      'keys of a prototype',
      `{"__proto__":{"pathgauge":1},${HEAD},"streams":[{${WHOLE},"__proto__":{"bytes":9},"constructor":7}]}`,
      { streams: [STREAM] },
    ],
    [
      'text of a server',
      `{${HEAD},"streams":[],"server_output_text":"a"}`,
      { serverOutput: { text: 'a', json: undefined } },
    ],
    [
      'JSON of a server',
      `{${HEAD},"streams":[],"server_output_json":[1]}`,
      { serverOutput: { text: undefined, json: [1] } },
    ],
    // Of a processor that nobody has timed iperf3 says "null", since its JSON has no NaN.
    [
      'no figures of a processor',
      `{${HEAD},"streams":[],"cpu_util_total":null,"cpu_util_user":1,"cpu_util_system":1}`,
      {},
    ],
    [
      'a processor that took nothing as not known',
      `{${HEAD},"streams":[],"cpu_util_total":0,"cpu_util_user":0,"cpu_util_system":0}`,
      {},
    ],
    [
      'what belongs to the omitted time',
      withStream(',"omitted_errors":2,"omitted_packets":3'),
      { streams: [{ ...STREAM, omittedErrors: 2, omittedPackets: 3 }] },
    ],
    ['an extension, as it came', `{${HEAD},"streams":[],"pathgauge":["?"]}`, { extension: ['?'] }],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toStrictEqual({
      ok: true,
      value: { ...NOTHING, sending: false, streams: [], ...expected },
    });
  });

  const required = ['id', 'bytes', 'retransmits', 'jitter', 'errors', 'packets'];
  const keys = [...required, 'start_time', 'end_time', 'omitted_errors', 'omitted_packets'];
  it.each([
    [`{${HEAD}}`, 'streams'],
    ...['null', '1', '"[]"', '{"length":1}'].map((value) => [`{${HEAD},"streams":${value}}`, 'streams']),
    ...['null', '1', '"x"', '[]', '[{}]'].map((value) => [`{${HEAD},"streams":[{${WHOLE}},${value}]}`, 'streams']),
    [`{${HEAD},"__proto__":{"streams":[]}}`, 'streams'],
    ['{"streams":[]}', 'sender_has_retransmits'],
    ...['"1"', 'true', '[]', '{}', '1e309'].map((value) => [
      `{"sender_has_retransmits":${value},"streams":[]}`,
      'sender_has_retransmits',
    ]),
    ...keys.flatMap((key) =>
      ['"1"', 'true', '[]', '{}', '1e309', '-1e309', '1e300', '-2'].map((value) => [
        withStream(`,"${key}":${value}`),
        key,
      ]),
    ),
    ...['cpu_util_total', 'cpu_util_user', 'cpu_util_system'].flatMap((key) =>
      ['"1"', '[]', '-1', '1e300'].map((value) => [`{${HEAD},"streams":[],"${key}":${value}}`, key]),
    ),
    ...['7', '[]', '""', '"a b"', '"\\u001b[2J"'].map((name) => [
      `{${HEAD},"streams":[],"congestion_used":${name}}`,
      'congestion_used',
    ]),
    [`{${HEAD},"streams":[],"server_output_text":7}`, 'server_output_text'],
    [`{${HEAD},"streams":[],"server_output_json":${'['.repeat(33)}${']'.repeat(33)}}`, 'server_output_json'],
    [`{${HEAD},"streams":[],"server_output_json":${'['.repeat(4e5)}${']'.repeat(4e5)}}`, 'server_output_json'],
    ...['id', 'bytes', 'errors', 'packets'].map((key) => [withStream(`,"${key}":1.5`), key]),
    // What a peer does not tell is not known to be none: iperf3 breaks off there, and so does this.
    ...required.map((key) => [withStream(`,"${key}":null`), key]),
  ] as [string, string][])('names what is wrong with %s: %s', (text, field) => {
    expect(read(text)).toStrictEqual({
      ok: false,
      failure: { code: 'invalid', field, problem: expect.stringMatching(/./) },
    });
  });

  it('takes as many streams as two directions of 128, and no more', () => {
    const streams = (count: number) => read(`{${HEAD},"streams":[${new Array(count).fill(`{${WHOLE}}`).join()}]}`);
    expect(streams(256)).toMatchObject({ ok: true });
    expect(streams(257)).toMatchObject({ ok: false, failure: { field: 'streams' } });
  });

  it('never throws', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      fc.double(),
      fc.constantFrom<unknown>(Number.POSITIVE_INFINITY, null, -1, 2 ** 64),
    );
    const streams = fc.array(fc.oneof(fc.dictionary(fc.constantFrom(...keys), values, { maxKeys: 2 }), fc.jsonValue()));
    fc.assert(
      fc.property(fc.record({ sender_has_retransmits: values, streams: fc.oneof(streams, values) }), (json) => {
        const result = resultsFromJson(json);
        if (!result.ok) expect(result.failure.code).toBe('invalid');
        else
          expect(result.value.streams.every(({ bytes, packets }) => bytes >= 0 && Number.isFinite(packets))).toBe(true);
      }),
    );
  });
});

describe('resultsToJson', () => {
  // iperf_api.c of 3.12 refuses results in which one of these is missing or of another type.
  it('has every key iperf3 insists on, as a number', () => {
    const json = resultsToJson({ ...NOTHING, sending: false, streams: [{ ...STREAM, bytes: 5 }] });
    const streamKeys = ['id', 'bytes', 'retransmits', 'jitter', 'errors', 'packets'];
    const isNumber = expect.any(Number);
    expect(json).toMatchObject({
      cpu_util_total: isNumber,
      cpu_util_user: isNumber,
      cpu_util_system: isNumber,
      sender_has_retransmits: isNumber,
      streams: [Object.fromEntries(streamKeys.map((key) => [key, isNumber]))],
    });
    // Both or neither.
    expect(json).toMatchObject({ streams: [expect.not.objectContaining({ omitted_errors: isNumber })] });
    const omitted = { ...STREAM, omittedErrors: 1, omittedPackets: 2 };
    expect(resultsToJson({ ...NOTHING, sending: false, streams: [omitted] })).toMatchObject({
      streams: [{ omitted_errors: 1, omitted_packets: 2 }],
    });
    expect(Object.hasOwn(json, 'pathgauge')).toBe(false);
  });

  it.each([
    ['a sender that counts retransmissions', true, 3, 1, 3],
    ['a sender that cannot', true, undefined, 0, -1],
    ['a receiver', false, undefined, -1, -1],
  ])('says whether retransmissions are known: %s', (_, sending, retransmits, has, written) => {
    expect(resultsToJson({ ...NOTHING, sending, streams: [{ ...STREAM, retransmits }] })).toMatchObject({
      sender_has_retransmits: has,
      streams: [{ retransmits: written }],
    });
  });

  it('says of TCP and UDP senders and receivers what iperf3 3.12 says', () => {
    for (const [, text, results] of CAPTURED) {
      // Less what is ours to add or to leave out; -1 is the number it stands for.
      const theirs = JSON.parse(text.replaceAll('18446744073709551615', '-1'));
      expect(resultsToJson(results)).toMatchObject({
        cpu_util_total: theirs.cpu_util_total,
        sender_has_retransmits: theirs.sender_has_retransmits,
        ...(theirs.congestion_used === undefined ? {} : { congestion_used: theirs.congestion_used }),
        streams: theirs.streams,
      });
    }
  });

  it('is undone by resultsFromJson', () => {
    const seconds = fc.double({ min: 0, max: 1e5, noNaN: true }).map((value) => value + 0);
    const streams = fc.array(
      fc.record(
        {
          id: fc.nat(300),
          bytes: fc.maxSafeNat(),
          retransmits: fc.option(fc.nat(), { nil: undefined }),
          jitterSeconds: seconds,
          errors: fc.nat(),
          packets: fc.maxSafeNat(),
          omittedErrors: fc.option(fc.nat(), { nil: undefined }),
          omittedPackets: fc.option(fc.nat(), { nil: undefined }),
          startSeconds: seconds,
          endSeconds: seconds,
        },
        { noNullPrototype: true },
      ),
      { maxLength: 5 },
    );
    const said = fc.record(
      {
        cpu: fc.record(
          { percent: seconds.filter((value) => value > 0), userPercent: seconds, systemPercent: seconds },
          { noNullPrototype: true },
        ),
        congestion: fc.constantFrom(undefined, 'cubic'),
        serverOutput: fc.constantFrom(undefined, { text: 'x', json: undefined }, { text: undefined, json: { a: 1 } }),
        extension: fc.constantFrom(undefined, { version: 1, streams: [] }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.boolean(), streams, said, (sending, reports, added) => {
        const results: Results = { sending, streams: reports, ...added };
        expect(resultsFromJson(JSON.parse(JSON.stringify(resultsToJson(results))))).toStrictEqual({
          ok: true,
          value: results,
        });
      }),
    );
  });
});
