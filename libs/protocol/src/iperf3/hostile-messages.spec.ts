import fc from 'fast-check';
import { credentialsFromText, credentialsToText } from './auth-token';
import { datagramRunLength, emptyDatagramHeader, readDatagramHeader, writeDatagramHeader } from './datagram';
import { FEATURES, grantFromJson } from './extension';
import { decodeJsonBody, encodeJsonMessage, JSON_LENGTH_BYTES } from './json-message';
import type { JsonObject } from './json-schema';
import { parametersFromJson } from './parameters';
import { reportFromJson } from './report';
import { resultsFromJson } from './results';
import { figuresFromJson } from './stream-figures';

/** Of each property; FUZZ_RUNS=100000 for a long look. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 300);

// Real messages, changed at a few places: what gets past a first look, which random bytes hardly ever do.

const STREAM = { id: 1, bytes: 1000, retransmits: 3, jitter: 0.5, errors: 2, packets: 9, start_time: 0, end_time: 1 };
const MESSAGES: Readonly<Record<string, readonly [JsonObject, (json: unknown) => { readonly ok: boolean }]>> = {
  parameters: [
    {
      ...{ tcp: true, omit: 1, time: 10, num: 0, blockcount: 0, MSS: 1400, nodelay: true, parallel: 4, burst: 5 },
      ...{ bidirectional: true, window: 65_536, len: 1400, bandwidth: 1e6, fqrate: 1e6, TOS: 184, congestion: 'bbr' },
      ...{ authtoken: 'abc=', udp_counters_64bit: 1, pathgauge: { version: 1, features: FEATURES, omitNs: 1e9 } },
    },
    parametersFromJson,
  ],
  grant: [{ version: 1, features: FEATURES, token: '00112233445566778899aabbccddeeff' }, grantFromJson],
  report: [
    {
      intervals: [
        { stream: 1, direction: 'up', startNs: 0, endNs: 1e9, bytes: 1000, messages: 5, lost: -1, jitterNs: 7 },
        { direction: 'down', startNs: 0, endNs: 1e9, bytes: 1000, owdMeanNs: -5.5 },
      ],
    },
    reportFromJson,
  ],
  results: [
    {
      ...{ cpu_util_total: 3.5, cpu_util_user: 2, cpu_util_system: 1.5, sender_has_retransmits: 1 },
      ...{ congestion_used: 'cubic', server_output_text: 'a\nb', server_output_json: { end: { sum: [1, 2] } } },
      streams: [STREAM, { ...STREAM, id: 3, omitted_errors: 1, omitted_packets: 2 }],
    },
    resultsFromJson,
  ],
  figures: [
    {
      version: 1,
      streams: [
        {
          ...{ id: 1, bytes: 1000, messages: 9, durationNs: 1e9, jitterNs: 5, expected: 11, duplicates: 0 },
          lossBursts: { count: 2, longest: 1, lengths: { 1: 2 } },
          transit: {
            ...{ count: 2, minNs: 1, maxNs: 2, meanNs: 1.5, sumSquares: 0.5, referenceNs: 1 },
            bins: [
              [1, 1],
              [2, 1],
            ],
          },
        },
      ],
    },
    figuresFromJson,
  ],
};

const SPLICES = [
  '',
  '0',
  '-1',
  '1e400',
  '9007199254740993',
  '[',
  ']',
  '{',
  '}',
  '"',
  'null',
  'true',
  '\\u0000',
  '\u009b',
];
const splice = fc.record({
  at: fc.nat(4000),
  cut: fc.nat(12),
  put: fc.oneof(fc.constantFrom(...SPLICES), fc.string({ maxLength: 8 })),
});
const changed = (text: string, splices: readonly { at: number; cut: number; put: string }[]): string =>
  splices.reduce((now, { at, cut, put }) => {
    const from = at % (now.length + 1);
    return now.slice(0, from) + put + now.slice(from + cut);
  }, text);

/** A value somewhere in the message is another one; its neighbours stay. */
const withOther = (value: unknown, path: readonly number[], other: unknown): unknown => {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== 'object' || value === null) return other;
  const keys = Object.keys(value);
  const key = keys[first % Math.max(1, keys.length)];
  if (key === undefined) return other;
  const inner = withOther((value as JsonObject)[key], rest, other);
  return Array.isArray(value) ? value.map((each, i) => (String(i) === key ? inner : each)) : { ...value, [key]: inner };
};
const other = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.constantFrom(0, -1, 0.5, 1e308, 2 ** 53, '4', '\u001b[2J', [], {}),
);

describe.each(Object.entries(MESSAGES))('%s', (_, [message, read]) => {
  it('can be read as it is', () => {
    expect(read(JSON.parse(JSON.stringify(message)))).toMatchObject({ ok: true });
  });

  it('is read or refused, whatever bytes of it are changed', () => {
    const text = JSON.stringify(message);
    fc.assert(
      fc.property(fc.array(splice, { minLength: 1, maxLength: 4 }), (splices) => {
        const json = decodeJsonBody(new TextEncoder().encode(changed(text, splices)));
        if (json.ok) expect(typeof read(json.value).ok).toBe('boolean');
      }),
      { numRuns: RUNS },
    );
  });

  it('is read or refused, whatever value of it is another, and is then all that it can be', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 5 }), other, (path, value) => {
        const result = read(withOther(message, path, value)) as { readonly ok: boolean; readonly value?: unknown };
        if (result.ok) expectFinite({ ...(result.value as JsonObject), serverOutput: undefined });
      }),
      { numRuns: RUNS },
    );
  });
});

/** No number of a message that was read is none, or infinite. */
function expectFinite(value: unknown): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${value} was let in`);
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) expectFinite(inner);
}

it('a message is as long as it says', () => {
  const [message] = MESSAGES['report'] as (typeof MESSAGES)[string];
  const bytes = encodeJsonMessage(message);
  expect(new DataView(bytes.buffer).getUint32(0)).toBe(bytes.length - JSON_LENGTH_BYTES);
});

it('what a client says of itself is read or refused', () => {
  const text = credentialsToText({ username: 'ann', password: 'a b', saidAtSeconds: 1_700_000_000 });
  fc.assert(
    fc.property(fc.array(splice, { minLength: 1, maxLength: 4 }), (splices) => {
      const read = credentialsFromText(changed(text, splices));
      if (read !== undefined) expect(`${read.username}${read.password}`).not.toContain('\n');
    }),
    { numRuns: RUNS },
  );
});

it('a datagram is read or refused, and a run of them ends within what came', () => {
  const bytes = new Uint8Array(160);
  const header = emptyDatagramHeader();
  const flip = fc.tuple(fc.nat(159), fc.nat(255));
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.nat(160),
      fc.array(flip, { maxLength: 6 }),
      (wide, isOmitted, end, flips) => {
        for (let i = 0; i < 10; i++)
          writeDatagramHeader(bytes, 16 * i, wide, { seconds: 1, subseconds: 2, number: i + 1, isOmitted });
        for (const [at, value] of flips) bytes[at] = value;
        const view = new DataView(bytes.buffer, 0, end);
        if (readDatagramHeader(bytes.subarray(0, end), 0, wide, header) !== undefined) return;
        expect(header.number).toBeGreaterThan(0);
        expect(header.number).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
        const count = datagramRunLength(view, 0, end, 16, wide, header);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(Math.max(1, Math.ceil(end / 16)));
        if (header.isOmitted) expect(count).toBe(1);
      },
    ),
    { numRuns: RUNS },
  );
});
