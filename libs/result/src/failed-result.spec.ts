import { failedResult, frameOf } from './failed-result';
import { LoadResultSchema } from './load-result';
import { type PingResult, PingResultSchema } from './ping-result';
import { readResult } from './read';
import { NoRunResultSchema } from './result';
import type { RunError } from './run-error';

const ERROR: RunError = { code: 'refused', message: 'nobody listens there' };
const TARGET = { host: 'host', port: 5 };
const PING = {
  ...{ lengthBytes: 64, durationNs: undefined, dscp: undefined, intervalNs: 1e9, count: 10, timeoutNs: 2e9 },
  ...{ dontFragment: false, schedule: undefined },
};
const LOAD = {
  ...{ lengthBytes: 1400, durationNs: 1e10, dscp: undefined, intervalNs: undefined, bitsPerSecond: undefined },
  ...{ protocol: 'udp' as const, direction: 'up' as const, parallel: 1, burst: 1, bytes: undefined, omitNs: 0 },
  ...{ dontFragment: false, windowBytes: undefined, mssBytes: undefined, congestion: undefined },
  ...{ noDelay: undefined, trafficClass: undefined, pacingBitsPerSecond: undefined },
};

const PROBES = frameOf('udp-client', { kind: 'ping', settings: PING }, TARGET);
const STREAM = frameOf('udp-client', { kind: 'load', settings: LOAD }, TARGET);
const NO_RUN = { runner: 'udp-client', kind: undefined } as const;

describe('the document of a run that measured nothing', () => {
  it.each([
    ['probes', PROBES, PingResultSchema],
    ['a load', STREAM, LoadResultSchema],
    ['no run', NO_RUN, NoRunResultSchema],
  ] as const)('has every field of its kind, and no other: %s', (_, frame, schema) => {
    const result = failedResult(frame, '2026-01-02T03:04:05.678Z', 5, ERROR);
    expect(Object.keys(result).sort()).toStrictEqual(Object.keys(schema.entries).sort());
    expect(result).toMatchObject({ ...frame, complete: false, reason: ERROR.message, error: ERROR, durationNs: 5 });
    const json = JSON.stringify(result, (_name, each: unknown) => (each === undefined ? null : each));
    expect(readResult(json)).toStrictEqual({ ok: true, value: result });
  });
});

it('one kind never meets the sections of the other', () => {
  const ofProbes = ['probes', 'foreignReplies', 'marking', 'rtt', 'ipdv', 'voice', 'hostQueueingNs'];
  const ofLoad = ['throughput', 'datagrams', 'streams', 'intervals'];
  expect(Object.keys(PingResultSchema.entries)).toEqual(expect.arrayContaining(ofProbes));
  expect(Object.keys(LoadResultSchema.entries)).toEqual(expect.arrayContaining(ofLoad));
  expect(Object.keys(PingResultSchema.entries).filter((name) => ofLoad.includes(name))).toStrictEqual([]);
  expect(Object.keys(LoadResultSchema.entries).filter((name) => ofProbes.includes(name))).toStrictEqual([]);
});

it('a field whose value is not known is there all the same', () => {
  const { rtt, ...without } = failedResult(PROBES, '2026-01-02T03:04:05.678Z', 5, ERROR) as PingResult;
  expect(rtt).toBeUndefined();
  const json = JSON.stringify(without, (_name, each: unknown) => (each === undefined ? null : each));
  expect(readResult(json)).toMatchObject({ ok: false, problem: expect.stringContaining(': rtt: ') });
});
