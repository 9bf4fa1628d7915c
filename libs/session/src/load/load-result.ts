import { DelayDistribution, LossBurstCounter, rateFrom } from '@pathgauge/metrics';
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
  type LossBursts,
  NOT_ALL_SENT,
  type Notice,
  type PathMtu,
  type Peer,
  type ProbeCounts,
  type Rate,
  type RunError,
  type Runner,
  SCHEMA_VERSION,
} from '@pathgauge/result';
import type { Transport } from '@pathgauge/transport';
import { span } from '@pathgauge/units';
import { isShort } from '../host-stalls';
import type { HeardIcmp } from '../icmp/icmp-log';
import { icmpCounts, type SentDatagrams } from '../icmp/icmp-text';
import { pathMtuOf } from '../icmp/path-mtu';
import type { MetricSwitches } from '../metric-switches';
import { type LoadClock, loadDelay } from './load-delay';
import type { LoadEnd } from './load-end';
import type { LoadOutcome } from './load-outcome';

/** Everything that one end knows of a load test of one stream when it is over. */
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
  readonly outcome: LoadOutcome;
  readonly clock: LoadClock | undefined;
  readonly sendError: Distribution | undefined;
  readonly intervals: readonly Interval[] | undefined;
  /** What ICMP said of the datagrams that this end sent. */
  readonly icmp: readonly HeardIcmp[];
}

export function loadResult(facts: LoadFacts): LoadResult {
  const { direction, metrics } = facts;
  const { received, sent } = facts.outcome;
  const reason = facts.reason ?? (isAllSent(sent) ? undefined : NOT_ALL_SENT);
  const rate = received === undefined ? undefined : rateOfFigures(received);
  const jitterNs = metrics.jitter ? received?.jitterNs : undefined;
  const transit = metrics.oneWayDelay ? transitOf(received) : undefined;
  const owd = loadDelay(direction, transit, facts.clock, received?.transit?.baseSeconds);
  const variation = transit?.snapshot(-transit.minNs);
  // Nothing that arrived took no time: there is no throughput to tell, but that it was nothing is known.
  const shown = metrics.throughput && rate !== undefined && rate.bytes > 0 ? rate : undefined;
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
    owd,
    queueing: variation === undefined ? undefined : oneDirection(direction, variation),
    jitter: jitterNs === undefined ? undefined : jitterOf(direction, jitterNs),
    pdv: variation === undefined || !metrics.jitter ? undefined : oneDirection(direction, variation),
    lossBursts: facts.protocol === 'udp' ? lossBursts(received, sent) : undefined,
    throughput: shown === undefined ? undefined : oneDirection(direction, shown),
    sendErrorNs: facts.sendError,
    hostStalls: sent?.hostStalls,
    icmp: icmpOf(facts),
    pathMtu: loadPathMtu(facts),
    streams: [
      {
        id: received?.id ?? sent?.id ?? 1,
        direction,
        bytes: received?.bytes,
        durationNs: received?.durationNs,
        bitsPerSecond: shown?.bitsPerSecond,
        messages: received?.messages,
        messagesPerSecond: shown?.messagesPerSecond,
        sent: sent === undefined ? undefined : sentRate(sent, metrics),
        notSent: notSentOf(sent),
        jitterNs,
        owd: owd?.[direction],
        retransmits: sent?.retransmits,
        rttNs: sent?.rttNs,
        cwndBytes: sent?.cwndBytes,
        mssBytes: sent?.mssBytes,
      },
    ],
    intervals: facts.intervals,
  };
}

/** What a peer told that cannot be true; undefined when all may be. */
export const contradictionOf = (name: string, { contradictions }: LoadOutcome): RunError | undefined =>
  contradictions.length === 0
    ? undefined
    : {
        code: 'peer-figures',
        message: `the figures of ${name} contradict each other or this end's: ${contradictions.join('; ')}`,
      };

/** What carried a load. What is sent is stamped by the program: stamps of the kernel would cost more than the send. */
export const loadTransportUse = (
  { kind, note, clock }: Pick<Transport, 'kind' | 'note' | 'clock'>,
  end: Pick<LoadEnd, 'offloads' | 'carrier' | 'clockSteps'> | undefined,
): LoadTransport => ({
  kind,
  sendTimestamps: 'user',
  receiveTimestamps: end?.carrier?.receiveTimestamps ?? 'user',
  note,
  offloads: end?.offloads ?? [],
  receiveBufferBytes: end?.carrier?.receiveBufferBytes,
  clockSteps: end?.clockSteps ?? clock.steps,
});

/** What was sent, as ICMP may tell of it. */
export const sentDatagrams = ({ peer, settings }: Pick<LoadFacts, 'peer' | 'settings'>): SentDatagrams => ({
  lengthBytes: settings.lengthBytes,
  peer,
  dontFragment: settings.dontFragment ?? false,
});

/** What this end heard of what it sent, and what the other one did that sent the load. */
function icmpOf(facts: LoadFacts): readonly IcmpCount[] {
  const { direction, runner, outcome, icmp } = facts;
  const own: Direction = isClient(runner) ? 'up' : 'down';
  const sent = sentDatagrams(facts);
  const told = own === direction ? [] : (outcome.sent?.icmp ?? []);
  const heardThere = told.map(({ count, ...message }) => ({ error: '', icmp: message, count }));
  return [...icmpCounts(icmp, own, sent), ...icmpCounts(heardThere, direction, sent)];
}

const isClient = (runner: Runner): boolean => runner === 'udp-client' || runner === 'tcp-client';

function loadPathMtu(facts: LoadFacts): ByDirection<PathMtu> | undefined {
  const { sent, received } = facts.outcome;
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

function notSentOf(sent: StreamFigures | undefined): number | undefined {
  if (sent?.notSent === undefined) return undefined;
  const { heldUp, refused, blocked } = sent.notSent;
  return heldUp + refused + blocked;
}

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

/**
 * A datagram that had not arrived when the drain was over is lost: there is no "late" here. A plain iperf3 that receives counts
 * neither that nor copies nor order.
 */
function datagramCounts(
  direction: Direction,
  received: StreamFigures | undefined,
  sent: StreamFigures | undefined,
): ProbeCounts | undefined {
  if (received?.messages === undefined || sent?.messages === undefined) return undefined;
  const lost = sent.messages - received.messages;
  // Figures that contradict each other say nothing.
  if (lost < 0) return undefined;
  const one = oneDirection(direction, lost);
  const duplicates = oneDirection(direction, received.duplicates);
  return {
    sent: sent.messages,
    received: received.messages,
    lost,
    lostUp: one.up,
    lostDown: one.down,
    lostUpRange: undefined,
    lostDownRange: undefined,
    lossRatio: sent.messages === 0 ? undefined : lost / sent.messages,
    duplicates: received.duplicates,
    duplicatesUp: duplicates.up,
    duplicatesDown: duplicates.down,
    reordered: received.reordered,
    reorderExtent: received.reorderExtent,
    late: received.duplicates === undefined ? undefined : 0,
    notSent: notSentOf(sent),
    hostDropped: received.hostDropped === undefined ? undefined : Math.min(received.hostDropped, lost),
    hostDroppedEstimated: received.hostDropped === undefined ? undefined : received.hostDroppedEstimated,
  };
}

/** The receiver's, and behind them what was sent after the last datagram that arrived. */
function lossBursts(received: StreamFigures | undefined, sent: StreamFigures | undefined): LossBursts | undefined {
  if (received?.lossBursts === undefined || received.expected === undefined || sent?.messages === undefined) {
    return undefined;
  }
  const bursts = LossBurstCounter.from(received.lossBursts);
  bursts.lose(Math.max(0, sent.messages - received.expected));
  return bursts.snapshot();
}

const oneDirection = <T>(direction: Direction, value: T): ByDirection<T> =>
  direction === 'up' ? { up: value, down: undefined } : { up: undefined, down: value };

const jitterOf = (direction: Direction, jitterNs: number): LoadJitter =>
  direction === 'up' ? { upNs: jitterNs, downNs: undefined } : { upNs: undefined, downNs: jitterNs };
