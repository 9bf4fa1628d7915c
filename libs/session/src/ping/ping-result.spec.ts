import type { LedgerCounts, OneWayFigures } from '@pathgauge/metrics';
import { milliseconds } from '@pathgauge/units';
import { usualProbes } from '../../test/usual-probes';
import { ALL_METRICS } from '../metric-switches';
import { pingSettings } from './ping-options';
import { pingResult } from './ping-result';

type Facts = Parameters<typeof pingResult>[0];

const COUNTS = { sent: 10, received: 8, lost: 2, late: 1, duplicates: 0 } as LedgerCounts;
const JITTER = { upNs: 1, downNs: 2 };
const ONE_WAY = { jitter: JITTER, ipdv: { up: 'ipdv' }, pdv: { up: 'pdv' }, queueing: { up: 'q' } };

const resultOf = (facts: Partial<Facts> = {}) =>
  pingResult({
    startedAt: new Date(0),
    durationNs: milliseconds(5),
    reason: undefined,
    notices: [],
    settings: pingSettings(usualProbes('host', 862)),
    counts: COUNTS,
    notSent: 0,
    hostStalls: { count: 0, longestNs: 0 },
    hostDropped: undefined,
    rttJitterNs: 3,
    oneWay: ONE_WAY as unknown as OneWayFigures,
    clockBaseSeconds: 0,
    metrics: ALL_METRICS,
    icmp: [],
    pathMtu: undefined,
    ...facts,
  } as Facts);

it('is complete unless there is a reason why not', () => {
  expect(resultOf()).toMatchObject({ complete: true, reason: undefined, startedAt: '1970-01-01T00:00:00.000Z' });
  expect(resultOf({ reason: 'interrupted' })).toMatchObject({ complete: false, reason: 'interrupted' });
});

it('has a ratio of losses where anything was sent', () => {
  expect(resultOf().probes?.lossRatio).toBe(0.2);
  expect(resultOf({ counts: { ...COUNTS, sent: 0, received: 0, lost: 0 } }).probes?.lossRatio).toBeUndefined();
});

it.each([
  ['as many as the system says', 1, 1, false],
  ['no more than were lost', 7, 2, false],
  ['unknown where the system does not tell', undefined, undefined, undefined],
])('has of the probes that this host dropped %s', (_, dropped, hostDropped, hostDroppedEstimated) => {
  expect(resultOf({ hostDropped: dropped }).probes).toMatchObject({ hostDropped, hostDroppedEstimated });
});

it('leaves out the figures that are switched off', () => {
  expect(resultOf()).toMatchObject({ jitter: { ...JITTER, rttNs: 3 }, ipdv: { up: 'ipdv' }, pdv: { up: 'pdv' } });
  const without = resultOf({ metrics: { ...ALL_METRICS, jitter: false } });
  expect([without.jitter, without.ipdv, without.pdv]).toStrictEqual([undefined, undefined, undefined]);
});

it('has no jitter before there are two round trips', () => {
  expect(resultOf({ rttJitterNs: undefined }).jitter).toBeUndefined();
});

it('knows the path only in the direction in which it sends', () => {
  const up = { bytes: 1400 } as Facts['pathMtu'];
  expect(resultOf({ pathMtu: up }).pathMtu).toStrictEqual({ up, down: undefined });
  expect(resultOf().pathMtu).toBeUndefined();
});
