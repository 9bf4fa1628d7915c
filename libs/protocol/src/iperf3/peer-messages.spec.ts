import fc from 'fast-check';
import { TEXT } from '../../test/stream-figures';
import { grantFromJson, grantToJson } from './extension';
import type { JsonObject } from './json-schema';
import { parametersFromJson, parametersToJson } from './parameters';
import { reportFromJson } from './report';
import { resultsFromJson, resultsToJson } from './results';
import { figuresFromJson, figuresToJson } from './stream-figures';

const FIGURES = JSON.parse(TEXT);
FIGURES.streams[0].transit.baseSeconds = 7;
const EXTENSION = { version: 1, features: ['records', 'clock'], spacingNs: 5, durationNs: 7 };

interface Message {
  readonly read: (json: unknown) => ReturnType<typeof figuresFromJson | typeof parametersFromJson>;
  readonly json: JsonObject;
}

/** Each message that a peer sends, with every field that is read. */
const MESSAGES: Readonly<Record<string, Message>> = {
  parameters: {
    read: parametersFromJson,
    json: {
      tcp: false,
      udp: true,
      sctp: false,
      reverse: true,
      bidirectional: false,
      udp_counters_64bit: 1,
      dont_fragment: 1,
      time: 10,
      omit: 1,
      parallel: 2,
      len: 1000,
      bandwidth: 1e6,
      ...{ num: 1, blockcount: 1, burst: 1, fqrate: 1, MSS: 1, window: 1, TOS: 1, flowlabel: 1, congestion: 'cubic' },
      ...{ nodelay: true, repeating_payload: 1, get_server_output: 1, authtoken: 'AAAA' },
      pathgauge: EXTENSION,
    },
  },
  grant: {
    read: grantFromJson as Message['read'],
    json: { ...EXTENSION, token: '00112233445566778899aabbccddeeff', limits: {} },
  },
  results: {
    read: resultsFromJson as Message['read'],
    json: {
      sender_has_retransmits: 1,
      streams: [
        { id: 1, bytes: 7, retransmits: 3, jitter: 0.5, errors: 1, packets: 9, start_time: 0.5, end_time: 1.5 },
      ],
      pathgauge: FIGURES,
    },
  },
  figures: { read: figuresFromJson, json: FIGURES },
  report: {
    read: reportFromJson as Message['read'],
    json: {
      intervals: [
        { stream: 1, direction: 'up', startNs: 1, endNs: 3, bytes: 7, messages: 2, lost: 1, jitterNs: 5, owdMeanNs: 9 },
      ],
    },
  },
};
const NAMES = Object.keys(MESSAGES);

type Path = readonly string[];

const pathsIn = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))]
    : [path];

/** A copy with another value at `path`. */
function withValue(json: unknown, [key, ...rest]: Path, value: unknown): unknown {
  if (key === undefined) return value;
  const copy = (Array.isArray(json) ? [...json] : { ...(json as object) }) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}

const readWith = (name: string, path: string, value: unknown) => {
  const { read, json } = MESSAGES[name]!;
  return read(withValue(json, path.split('.'), value));
};

const nested = (open: string, close: string): unknown => JSON.parse(`${open.repeat(100_000)}1${close.repeat(100_000)}`);

/** What may stand in any place of a peer's JSON. */
const hostile = fc.oneof(
  fc.jsonValue(),
  fc.double(),
  fc.constantFrom<unknown>(null, -1, 0.5, 2 ** 53, 2 ** 64, 1e19, 1.1e19, Number.POSITIVE_INFINITY, '', [], {}, [
    [1, 1],
  ]),
);

describe('each message of a peer', () => {
  it.each(NAMES)('%s: is read when it is whole', (name) => {
    expect(MESSAGES[name]!.read(MESSAGES[name]!.json).ok).toBe(true);
  });

  it.each(NAMES)('%s: whatever stands in whatever place, there is a value or a failure that names a field', (name) => {
    const { read, json } = MESSAGES[name]!;
    const change = fc.tuple(fc.constantFrom(...pathsIn(json)), hostile);
    fc.assert(
      fc.property(change, ([path, value]) => {
        const result = read(withValue(json, path, value));
        if (result.ok) return;
        const { failure } = result;
        // Words of the library would begin with a capital letter.
        if (failure.code !== 'invalid' || !/^[\w.]+$/.test(failure.field) || !/^(is|has|and) /.test(failure.problem))
          throw new Error(JSON.stringify(failure));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(NAMES)('%s: is read however deep what stands in it is', (name) => {
    const { read, json } = MESSAGES[name]!;
    for (const deep of [nested('[', ']'), nested('{"count":', '}')])
      for (const path of pathsIn(json)) expect(typeof read(withValue(json, path, deep)).ok).toBe('boolean');
  });

  it.each(NAMES)('%s: is not changed by being read', (name) => {
    const { read, json } = MESSAGES[name]!;
    const before = structuredClone(json);
    read(json);
    expect(json).toStrictEqual(before);
  });

  it.each(NAMES)('%s: fields that are not known cost nothing and change nothing', (name) => {
    const { read, json } = MESSAGES[name]!;
    const trap = {
      get later(): never {
        throw new Error('looked at');
      },
    };
    const extended = Object.defineProperties({ ...json }, Object.getOwnPropertyDescriptors(trap));
    expect(read(extended)).toStrictEqual(read(json));
  });
});

const MOST = Number.MAX_SAFE_INTEGER;
/** `path`: the smallest and the largest value that it may have, and the step to the next that it may not. */
const LIMITS: readonly [message: string, path: string, min: number, max: number, step: number][] = [
  ['parameters', 'time', 0, MOST, 1],
  ['parameters', 'omit', 0, MOST, 1],
  ['parameters', 'parallel', 1, MOST, 1],
  ['parameters', 'bandwidth', 1, MOST, 0.5],
  ['parameters', 'pathgauge.version', 1, MOST, 1],
  ['parameters', 'pathgauge.spacingNs', 1, MOST, 1],
  ['parameters', 'pathgauge.durationNs', 1, MOST, 1],
  ['parameters', 'pathgauge.omitNs', 1, MOST, 1],
  ['parameters', 'pathgauge.reportIntervalNs', 10e6, 3_600e9, 1e9],
  ...['num', 'blockcount', 'burst', 'fqrate', 'MSS', 'window', 'TOS', 'flowlabel', 'len'].map(
    (key) => ['parameters', key, 0, MOST, 1] as [string, string, number, number, number],
  ),
  ['report', 'intervals.0.startNs', 0, 3, 1],
  ['report', 'intervals.0.endNs', 1, 1e19, 1e19],
  ...['stream', 'bytes', 'messages'].map(
    (key) => ['report', `intervals.0.${key}`, 0, MOST, 1] as [string, string, number, number, number],
  ),
  ['report', 'intervals.0.lost', -MOST, MOST, 1],
  ['report', 'intervals.0.jitterNs', 0, 1e19, 2_048],
  ['report', 'intervals.0.owdMeanNs', -1e19, 1e19, 2_048],
  ['grant', 'version', 1, 1, 1],
  ['grant', 'spacingNs', 1, MOST, 1],
  ['results', 'sender_has_retransmits', -1, 2 ** 64, 2 ** 12],
  ['results', 'streams.0.retransmits', -1, 2 ** 64, 2 ** 12],
  ...['id', 'bytes', 'jitter', 'errors', 'packets', 'start_time', 'end_time'].map(
    (key) => ['results', `streams.0.${key}`, 0, MOST, 1] as [string, string, number, number, number],
  ),
  ...[
    ...['id', 'bytes', 'messages', 'duplicates', 'reordered', 'expected', 'hostDropped', 'retransmits', 'cwndBytes'],
    ...['mssBytes', 'notSent.heldUp', 'notSent.refused', 'notSent.blocked', 'hostStalls.count', 'pathMtu.bytes'],
    ...['icmp.0.mtuBytes', 'icmp.0.count', 'reorderExtent.max'],
  ].map((key) => ['figures', `streams.0.${key}`, 0, MOST, 1] as [string, string, number, number, number]),
  ...['durationNs', 'jitterNs', 'rttNs', 'hostStalls.longestNs', 'reorderExtent.mean'].map(
    (key) => ['figures', `streams.0.${key}`, 0, 1e19, 2_048] as [string, string, number, number, number],
  ),
  ...['meanNs', 'referenceNs'].map(
    (key) => ['figures', `streams.0.transit.${key}`, -1e19, 1e19, 2_048] as [string, string, number, number, number],
  ),
  ['figures', 'streams.0.transit.baseSeconds', -(2 ** 32), 2 ** 32, 1],
  ['figures', 'streams.0.transit.sumSquares', 0, Number.MAX_VALUE, Number.MAX_VALUE],
  ['figures', 'streams.0.icmp.0.type', 0, 255, 1],
  ['figures', 'streams.0.icmp.0.code', 0, 255, 1],
];

describe('each limit', () => {
  it.each(LIMITS)('of %s: %s from %d to %d', (name, path, min, max, step) => {
    expect([readWith(name, path, min).ok, readWith(name, path, max).ok]).toStrictEqual([true, true]);
    expect([readWith(name, path, min - step).ok, readWith(name, path, max + step).ok]).toStrictEqual([false, false]);
  });

  it('of the smallest transit time: it may be the largest one, too', () => {
    const read = (minNs: number) => readWith('figures', 'streams.0.transit.minNs', minNs);
    expect(read(40).ok).toBe(true);
    expect(read(40.5)).toMatchObject({ failure: { field: 'transit.minNs', problem: 'is above maxNs' } });
  });

  it.each([
    ['results', 'streams', 256, { id: 1, bytes: 0, retransmits: -1, jitter: 0, errors: 0, packets: 0 }],
    ['figures', 'streams', 256, { id: 1 }],
    ['report', 'intervals', 258, { direction: 'up', startNs: 0, endNs: 1, bytes: 0 }],
    ['figures', 'streams.0.icmp', 32, { version: 4, type: 3, code: 3, count: 1 }],
  ])('of %s: %s has %d entries at the most', (name, path, max, entry) => {
    const read = (length: number) =>
      readWith(
        name,
        path,
        Array.from({ length }, () => entry),
      ).ok;
    expect([read(0), read(max), read(max + 1)]).toStrictEqual([true, true, false]);
  });

  it.each([
    ['192.0.2.1', true],
    ['::', true],
    ['fe80::1%eth0', true],
    // An interface's name has 15 characters at the most.
    [`fe80::1%${'e'.repeat(15)}`, true],
    [`fe80::1%${'e'.repeat(16)}`, false],
    [`${'0'.repeat(45)}`, true],
    [`${'0'.repeat(46)}`, false],
    ['1', false],
    ['192.0.2.1\n', false],
    ['router', false],
  ])('of an address: %j', (address, fits) => {
    expect(readWith('figures', 'streams.0.pathMtu.from', address).ok).toBe(fits);
    expect(readWith('figures', 'streams.0.icmp.0.from', address).ok).toBe(fits);
  });
});

describe('what is written', () => {
  /** By way of JSON, where undefined is left out. */
  const sent = (json: unknown) => JSON.parse(JSON.stringify(json));
  const written = (read: { ok: boolean }, write: (value: never) => JsonObject) =>
    sent(write((read as { value?: unknown }).value as never));

  it.each<[string, (value: never) => JsonObject]>([
    ['parameters', parametersToJson],
    ['grant', grantToJson],
    ['results', resultsToJson],
    ['figures', figuresToJson],
  ])('%s: is read as what it was', (name, write) => {
    const { read, json } = MESSAGES[name]!;
    const first = read(json);
    expect(read(written(first, write))).toStrictEqual(first);
  });

  it('has every figure that can be read, and no other', () => {
    const { streams } = written(figuresFromJson(FIGURES), figuresToJson);
    expect(streams).toStrictEqual(FIGURES.streams);
  });
});
