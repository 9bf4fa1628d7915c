import { DelayDistribution, rateFrom } from '@pathgauge/metrics';
import type { StreamFigures } from '@pathgauge/protocol';
import {
  type ByDirection,
  type Direction,
  type Distribution,
  type IcmpCount,
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
  type StreamResult,
} from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import { span } from '@pathgauge/units';
import { isShort } from '../../host-stalls';
import type { HeardIcmp } from '../../icmp/icmp-log';
import { icmpCounts, type SentDatagrams } from '../../icmp/icmp-text';
import { pathMtuOf } from '../../icmp/path-mtu';
import type { MetricSwitches } from '../../metric-switches';
import type { CarrierFacts, StreamOutcome } from '../streams/stream-outcome';
import { datagramCounts, lossBursts, notSentOf } from './datagram-counts';
import { type LoadClock, loadDelay } from './load-delay';
import { mergedFigures } from './merged-figures';
import { oneDirection } from './one-direction';
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
  readonly direction: Direction;
  /** Both ends' figures of each stream; one at least. */
  readonly streams: readonly WeighedStream[];
  readonly clock: LoadClock | undefined;
  readonly sendError: Distribution | undefined;
  readonly intervals: readonly Interval[] | undefined;
  /** What ICMP said of the datagrams that this end sent. */
  readonly icmp: readonly HeardIcmp[];
}

export function loadResult(facts: LoadFacts): LoadResult {
  const { direction, metrics } = facts;
  const { received, sent } = totalsOf(facts.streams);
  const reason = facts.reason ?? (isAllSent(sent) ? undefined : NOT_ALL_SENT);
  const jitterNs = metrics.jitter ? received?.jitterNs : undefined;
  const transit = metrics.oneWayDelay ? transitOf(received) : undefined;
  const variation = transit?.snapshot(-transit.minNs);
  const shown = receivedRate(received, metrics);
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
    datagrams: facts.protocol === 'udp' ? datagramCounts(direction, received, sent) : undefined,
    owd: delayOf(received, facts),
    queueing: variation === undefined ? undefined : oneDirection(direction, variation),
    jitter: jitterNs === undefined ? undefined : jitterOf(direction, jitterNs),
    pdv: variation === undefined || !metrics.jitter ? undefined : oneDirection(direction, variation),
    lossBursts: facts.protocol === 'udp' ? lossBursts(received, sent) : undefined,
    throughput: shown === undefined ? undefined : oneDirection(direction, shown),
    sendErrorNs: facts.sendError,
    hostStalls: sent?.hostStalls,
    icmp: icmpOf(facts),
    pathMtu: loadPathMtu(facts),
    streams: facts.streams.map((stream) => streamResult(stream, facts)),
    intervals: facts.intervals,
  };
}

function streamResult({ received, sent }: WeighedStream, facts: LoadFacts): StreamResult {
  const { direction, metrics } = facts;
  const shown = receivedRate(received, metrics);
  return {
    id: received?.id ?? sent?.id ?? 1,
    direction,
    bytes: received?.bytes,
    durationNs: received?.durationNs,
    bitsPerSecond: shown?.bitsPerSecond,
    messages: received?.messages,
    messagesPerSecond: shown?.messagesPerSecond,
    sent: sent === undefined ? undefined : sentRate(sent, metrics),
    notSent: notSentOf(sent),
    jitterNs: metrics.jitter ? received?.jitterNs : undefined,
    owd: delayOf(received, facts)?.[direction],
    retransmits: sent?.retransmits,
    rttNs: sent?.rttNs,
    cwndBytes: sent?.cwndBytes,
    mssBytes: sent?.mssBytes,
  };
}

/** Of all streams together. */
const totalsOf = (streams: readonly WeighedStream[]): Pick<WeighedStream, 'received' | 'sent'> => ({
  received: mergedFigures(streams.map(({ received }) => received)),
  sent: mergedFigures(streams.map(({ sent }) => sent)),
});

/** Nothing that arrived took no time: there is no throughput to tell, but that it was nothing is known. */
function receivedRate(received: StreamFigures | undefined, metrics: MetricSwitches): Rate | undefined {
  const rate = received === undefined || !metrics.throughput ? undefined : rateOfFigures(received);
  return rate !== undefined && rate.bytes > 0 ? rate : undefined;
}

function delayOf(received: StreamFigures | undefined, { direction, metrics, clock }: LoadFacts) {
  const transit = metrics.oneWayDelay ? transitOf(received) : undefined;
  return loadDelay(direction, transit, clock, received?.transit?.baseSeconds);
}

/** What carried a load. What is sent is stamped by the program: stamps of the kernel would cost more than the send. */
export const loadTransportUse = (
  { kind, note, clock }: Pick<Transport, 'kind' | 'note' | 'clock'>,
  carrier: CarrierFacts | undefined,
  streams: readonly StreamOutcome[],
): LoadTransport => ({
  kind,
  sendTimestamps: 'user',
  receiveTimestamps: carrier?.receiveTimestamps ?? 'user',
  note,
  offloads: [...new Set(streams.flatMap(({ offloads }) => offloads))],
  receiveBufferBytes: carrier?.receiveBufferBytes,
  clockSteps: clockStepsOf(streams) ?? clock.steps,
});

/** As far as whoever worked the streams has seen. */
function clockStepsOf(streams: readonly StreamOutcome[]): number | undefined {
  const seen = streams.flatMap(({ clockSteps }) => clockSteps ?? []);
  return seen.length === 0 ? undefined : Math.max(...seen);
}

/** What was sent, as ICMP may tell of it. */
export const sentDatagrams = ({ peer, settings }: Pick<LoadFacts, 'peer' | 'settings'>): SentDatagrams => ({
  lengthBytes: settings.lengthBytes,
  peer,
  dontFragment: settings.dontFragment ?? false,
});

/** What this end heard of what it sent, and what the other one did that sent the load. */
function icmpOf(facts: LoadFacts): readonly IcmpCount[] {
  const { direction, runner, streams, icmp } = facts;
  const own: Direction = isClient(runner) ? 'up' : 'down';
  const sent = sentDatagrams(facts);
  const told = own === direction ? [] : (totalsOf(streams).sent?.icmp ?? []);
  const heardThere = told.map(({ count, ...message }) => ({ error: '', icmp: message, count }));
  return [...icmpCounts(icmp, own, sent), ...icmpCounts(heardThere, direction, sent)];
}

const isClient = (runner: Runner): boolean => runner === 'udp-client' || runner === 'tcp-client';

function loadPathMtu(facts: LoadFacts): ByDirection<PathMtu> | undefined {
  const { sent, received } = totalsOf(facts.streams);
  const mtu =
    facts.protocol === 'tcp'
      ? tcpPathMtu(sent)
      : pathMtuOf(sent?.pathMtu, sentDatagrams(facts), received?.messages ?? 0);
  return mtu === undefined ? undefined : oneDirection(facts.direction, mtu);
}

function tcpPathMtu(sent: StreamFigures | undefined): PathMtu | undefined {
  const { pathMtu, mssBytes } = sent ?? {};
  return pathMtu === undefined || mssBytes === undefined ? undefined : { ...pathMtu, payloadBytes: mssBytes };
}

const rateOfFigures = ({ bytes, messages, durationNs }: StreamFigures): Rate | undefined =>
  bytes === undefined || durationNs === undefined ? undefined : rateFrom(bytes, messages, span(durationNs));

/** Less than was asked for, for which nobody but the sending host is to blame. What the path does not take, it was asked to show. */
const isAllSent = (sent: StreamFigures | undefined): boolean =>
  sent?.notSent === undefined || !isShort(sent.notSent.heldUp, sent.notSent.refused, sent.hostStalls);

/** What was sent; without its rates when throughput is switched off. */
const sentRate = (sent: StreamFigures, metrics: MetricSwitches): Rate | undefined => {
  const rate = rateOfFigures(sent);
  return metrics.throughput || rate === undefined
    ? rate
    : { ...rate, bitsPerSecond: undefined, messagesPerSecond: undefined };
};

function transitOf(figures: StreamFigures | undefined): DelayDistribution | undefined {
  if (figures?.transit === undefined) return undefined;
  const distribution = new DelayDistribution();
  distribution.add(figures.transit);
  return distribution;
}

const jitterOf = (direction: Direction, jitterNs: number): LoadJitter =>
  direction === 'up' ? { upNs: jitterNs, downNs: undefined } : { upNs: undefined, downNs: jitterNs };
