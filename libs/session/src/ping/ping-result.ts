import type { LedgerCounts, OneWayFigures } from '@pathgauge/metrics';
import {
  type Distribution,
  type HostStalls,
  type IcmpCount,
  type Notice,
  type PathMtu,
  type Peer,
  type PingResult,
  type PingSettings,
  type PingTransport,
  SCHEMA_VERSION,
} from '@pathgauge/result';
import { withBase } from '../clock-base';
import type { MetricSwitches } from '../metric-switches';
import { voiceQuality } from './voice-stream';

/** Everything a finished run of probes has to tell. */
interface PingFacts {
  readonly startedAt: Date;
  readonly durationNs: number;
  /** Why it was cut short. */
  readonly reason: string | undefined;
  readonly notices: readonly Notice[];
  readonly peer: Peer;
  readonly transport: PingTransport;
  readonly settings: PingSettings;
  readonly counts: LedgerCounts;
  readonly foreignReplies: PingResult['foreignReplies'];
  readonly notSent: number;
  readonly hostStalls: HostStalls;
  /** Dropped by this host itself; undefined where the system does not tell. */
  readonly hostDropped: number | undefined;
  readonly marking: PingResult['marking'];
  readonly rtt: Distribution | undefined;
  readonly rttJitterNs: number | undefined;
  readonly oneWay: OneWayFigures;
  /** What the server's instants were counted from: see `withBase`. */
  readonly clockBaseSeconds: number;
  readonly metrics: MetricSwitches;
  readonly sendError: Distribution | undefined;
  readonly hostQueueing: Distribution | undefined;
  readonly icmp: readonly IcmpCount[];
  readonly pathMtu: PathMtu | undefined;
}

export function pingResult(facts: PingFacts): PingResult {
  const { counts, reason, oneWay, metrics, rttJitterNs } = facts;
  const owd = metrics.oneWayDelay ? oneWayDelay(facts) : undefined;
  return {
    schemaVersion: SCHEMA_VERSION,
    runner: 'udp-client',
    kind: 'ping',
    startedAt: facts.startedAt.toISOString(),
    durationNs: facts.durationNs,
    complete: reason === undefined,
    reason,
    error: undefined,
    notices: facts.notices,
    peer: facts.peer,
    transport: facts.transport,
    settings: facts.settings,
    probes: {
      sent: counts.sent,
      received: counts.received,
      lost: counts.lost,
      lostUp: counts.lostUp,
      lostDown: counts.lostDown,
      lostUpRange: counts.lostUpRange,
      lostDownRange: counts.lostDownRange,
      lossRatio: counts.sent === 0 ? undefined : counts.lost / counts.sent,
      duplicates: counts.duplicates,
      duplicatesUp: counts.duplicatesUp,
      duplicatesDown: counts.duplicatesDown,
      reordered: counts.reordered,
      reorderExtent: counts.extent,
      late: counts.late,
      notSent: facts.notSent,
      // A copy or a stray that was dropped is no loss.
      hostDropped: facts.hostDropped === undefined ? undefined : Math.min(facts.hostDropped, counts.lost),
      hostDroppedEstimated: facts.hostDropped === undefined ? undefined : false,
    },
    foreignReplies: facts.foreignReplies,
    marking: facts.marking,
    rtt: facts.rtt,
    owd,
    queueing: oneWay.queueing,
    jitter: metrics.jitter && rttJitterNs !== undefined ? { ...oneWay.jitter, rttNs: rttJitterNs } : undefined,
    ipdv: metrics.jitter ? oneWay.ipdv : undefined,
    pdv: metrics.jitter ? oneWay.pdv : undefined,
    lossBursts: counts.lossBursts,
    voice: voiceQuality(facts.settings, counts, owd),
    sendErrorNs: facts.sendError,
    hostQueueingNs: facts.hostQueueing,
    hostStalls: facts.hostStalls,
    icmp: facts.icmp,
    pathMtu: facts.pathMtu === undefined ? undefined : { up: facts.pathMtu, down: undefined },
  };
}

function oneWayDelay({ oneWay: { owd }, clockBaseSeconds }: PingFacts): PingResult['owd'] {
  return owd === undefined ? undefined : { ...owd, clock: withBase(owd.clock, clockBaseSeconds) };
}
