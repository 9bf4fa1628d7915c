import { DelayDistribution, rateFrom } from '@pathgauge/metrics';
import type { StreamFigures } from '@pathgauge/protocol';
import {
  type ByDirection,
  type Cpu,
  type Direction,
  type Distribution,
  type DistributionState,
  type Interval,
  type LoadJitter,
  type LoadResult,
  type LoadSettings,
  type LoadTransport,
  NOT_ALL_SENT,
  type Notice,
  type PathMtu,
  type Peer,
  type Rate,
  type RunError,
  type Runner,
  SCHEMA_VERSION,
  type ServerOutput,
  type StreamResult,
} from '@pathgauge/result';
import { span } from '@pathgauge/units';
import { isShort } from '../../host-stalls';
import type { IcmpReport } from '../../icmp/icmp-log';
import { pathMtuOf } from '../../icmp/path-mtu';
import type { MetricSwitches } from '../../metric-switches';
import { byDirection, joined } from './by-direction';
import { type BothEnds, burstsOfStream, datagramCounts, lossBursts, notSentOf, oneWayCounts } from './datagram-counts';
import { delaysOf, type LoadClock, loadDelay, type Transits } from './load-delay';
import { loadIcmp, sentDatagrams } from './load-icmp';
import { both, mergedFigures, stallsOfBoth } from './merged-figures';
import type { WeighedStream } from './weighed-stream';

/** Everything that one end knows of a load test when it is over. */
export interface LoadFacts {
  readonly runner: Runner;
  readonly startedAt: Date;
  readonly durationNs: number;
  /** Why it was cut short. */
  readonly reason: string | undefined;
  /** Why it failed. */
  readonly error: RunError | undefined;
  readonly notices: readonly Notice[];
  readonly peer: Peer;
  readonly transport: LoadTransport;
  readonly settings: LoadSettings;
  readonly metrics: MetricSwitches;
  readonly protocol: 'tcp' | 'udp';
  /** In which data flows. */
  readonly directions: readonly Direction[];
  /** Both ends' figures of each stream; one at least in each direction. */
  readonly streams: readonly WeighedStream[];
  readonly clock: LoadClock | undefined;
  /** Of all streams that this end sent. */
  readonly sendError: readonly DistributionState[];
  readonly intervals: readonly Interval[] | undefined;
  /** What ICMP said of the datagrams that this end sent. */
  readonly icmp: readonly IcmpReport[];
  readonly cpu: Cpu | undefined;
  readonly serverOutput: ServerOutput | undefined;
}

/** The figures of all streams of a direction together, and what is made of each. */
interface Way extends BothEnds {
  readonly direction: Direction;
  readonly streams: readonly WeighedStream[];
}

export function loadResult(facts: LoadFacts): LoadResult {
  const { metrics, protocol } = facts;
  const ways = byDirection((direction) => wayOf(facts, direction));
  const reason = facts.reason ?? (isAllSent(ways) ? undefined : NOT_ALL_SENT);
  const variation = ofWays(ways, ({ received }) => variationOf(received, metrics));
  const counts = protocol === 'udp' ? ofWays(ways, (way) => oneWayCounts(way, lossBursts(way.streams))) : undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    runner: facts.runner,
    kind: 'load',
    startedAt: facts.startedAt.toISOString(),
    durationNs: facts.durationNs,
    complete: reason === undefined,
    reason,
    error: facts.error,
    notices: facts.notices,
    peer: facts.peer,
    transport: facts.transport,
    settings: facts.settings,
    datagrams: datagramCounts(counts, facts.directions.length),
    owd: loadDelay(
      ofWays(ways, ({ direction, received }) => delayOf(direction, received, facts)),
      facts.clock,
    ),
    queueing: variation,
    jitter: jitterOf(ways, metrics),
    pdv: metrics.jitter ? variation : undefined,
    lossBursts: protocol === 'udp' ? lossBursts(facts.streams) : undefined,
    throughput: ofWays(ways, ({ received }) => receivedRate(received, metrics)),
    sendErrorNs: distributionOf(facts.sendError)?.snapshot(),
    hostStalls: joined(
      ofWays(ways, ({ sent }) => sent?.hostStalls),
      stallsOfBoth,
    ),
    icmp: loadIcmp(facts, (direction) => ways?.[direction]?.sent?.icmp),
    pathMtu: ofWays(ways, (way) => loadPathMtu(way, facts)),
    congestion: protocol === 'tcp' ? ofWays(ways, ({ sent }) => sent?.congestion) : undefined,
    cpu: facts.cpu,
    serverOutput: facts.serverOutput,
    streams: facts.streams.map((stream) => streamResult(stream, facts)),
    intervals: facts.intervals,
  };
}

type Ways = ByDirection<Way> | undefined;

function wayOf({ directions, streams }: LoadFacts, direction: Direction): Way | undefined {
  if (!directions.includes(direction)) return undefined;
  const own = streams.filter((stream) => stream.direction === direction);
  return {
    direction,
    streams: own,
    received: mergedFigures(own.map(({ received }) => received)),
    sent: mergedFigures(own.map(({ sent }) => sent)),
    awaited: own.map(({ awaited }) => awaited).reduce((sum, each) => both(sum, each, (a, b) => a + b)),
  };
}

const ofWays = <T>(ways: Ways, of: (way: Way) => T | undefined): ByDirection<T> | undefined =>
  byDirection((direction) => {
    const way = ways?.[direction];
    return way === undefined ? undefined : of(way);
  });

function streamResult(stream: WeighedStream, facts: LoadFacts): StreamResult {
  const { id, direction, received, sent } = stream;
  const { metrics, protocol } = facts;
  const shown = receivedRate(received, metrics);
  const bursts = protocol === 'udp' ? burstsOfStream(stream) : undefined;
  const counts = protocol === 'udp' ? oneWayCounts(stream, bursts) : undefined;
  return {
    id,
    direction,
    bytes: received?.bytes,
    durationNs: received?.durationNs,
    bitsPerSecond: shown?.bitsPerSecond,
    messages: received?.messages,
    messagesPerSecond: shown?.messagesPerSecond,
    sent: sent === undefined ? undefined : sentRate(sent, metrics),
    notSent: notSentOf(sent),
    lost: counts?.lost,
    duplicates: counts?.duplicates,
    reordered: counts?.reordered,
    reorderExtent: counts?.reorderExtent,
    lossBursts: bursts,
    hostDropped: counts?.hostDropped,
    jitterNs: metrics.jitter ? received?.jitterNs : undefined,
    owd: delayOf(direction, received, facts),
    queueing: variationOf(received, metrics),
    retransmits: sent?.retransmits,
    rttNs: sent?.rttNs,
    cwndBytes: sent?.cwndBytes,
    mssBytes: sent?.mssBytes,
    congestion: sent?.congestion,
  };
}

/** Nothing that arrived took no time: there is no throughput to tell, but that it was nothing is known. */
function receivedRate(received: StreamFigures | undefined, metrics: MetricSwitches): Rate | undefined {
  const rate = received === undefined || !metrics.throughput ? undefined : rateOfFigures(received);
  return rate !== undefined && rate.bytes > 0 ? rate : undefined;
}

const delayOf = (
  direction: Direction,
  received: StreamFigures | undefined,
  { metrics, clock }: LoadFacts,
): Distribution | undefined => delaysOf(direction, transitsOf(received, metrics), clock);

/** Delays above the smallest one, for which no clock needs to be known. */
function variationOf(received: StreamFigures | undefined, metrics: MetricSwitches): Distribution | undefined {
  const distribution = transitsOf(received, metrics)?.distribution;
  return distribution?.snapshot(-distribution.minNs);
}

function transitsOf(received: StreamFigures | undefined, metrics: MetricSwitches): Transits | undefined {
  const transit = metrics.oneWayDelay ? received?.transit : undefined;
  const distribution = distributionOf(transit === undefined ? [] : [transit]);
  return distribution === undefined ? undefined : { distribution, baseSeconds: transit?.baseSeconds };
}

/** All of them as one; none: undefined. */
function distributionOf(states: readonly DistributionState[]): DelayDistribution | undefined {
  if (states.length === 0) return undefined;
  const distribution = new DelayDistribution();
  for (const state of states) distribution.add(state);
  return distribution;
}

function jitterOf(ways: Ways, metrics: MetricSwitches): LoadJitter | undefined {
  const jitter = metrics.jitter ? ofWays(ways, ({ received }) => received?.jitterNs) : undefined;
  return jitter === undefined ? undefined : { upNs: jitter.up, downNs: jitter.down };
}

function loadPathMtu({ sent, received }: Way, facts: LoadFacts): PathMtu | undefined {
  if (facts.protocol === 'udp') return pathMtuOf(sent?.pathMtu, sentDatagrams(facts), received?.messages ?? 0);
  const { pathMtu, mssBytes } = sent ?? {};
  return pathMtu === undefined || mssBytes === undefined ? undefined : { ...pathMtu, payloadBytes: mssBytes };
}

const rateOfFigures = ({ bytes, messages, durationNs }: StreamFigures): Rate | undefined =>
  bytes === undefined || durationNs === undefined ? undefined : rateFrom(bytes, messages, span(durationNs));

/** Less than was asked for, for which nobody but the sending host is to blame. What the path does not take, it was asked to show. */
const isAllSent = (ways: Ways): boolean =>
  [ways?.up, ways?.down].every((way) => {
    const { notSent, hostStalls } = way?.sent ?? {};
    return notSent === undefined || !isShort(notSent.heldUp, notSent.refused, hostStalls);
  });

/** What was sent; without its rates when throughput is switched off. */
const sentRate = (sent: StreamFigures, metrics: MetricSwitches): Rate | undefined => {
  const rate = rateOfFigures(sent);
  return metrics.throughput || rate === undefined
    ? rate
    : { ...rate, bitsPerSecond: undefined, messagesPerSecond: undefined };
};
