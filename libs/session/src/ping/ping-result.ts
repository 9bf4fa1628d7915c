import type { DelayDistribution, LedgerCounts } from '@pathgauge/metrics';
import {
  type Distribution,
  type Jitter,
  type Peer,
  type Result,
  SCHEMA_VERSION,
  type Settings,
  type TransportUse,
} from '@pathgauge/result';
import { type ClockKnowledge, oneWayDelay } from '../one-way-delay';

/** Everything a finished run of probes has to tell. */
export interface PingFacts {
  readonly startedAt: Date;
  readonly durationNs: number;
  /** Why it was cut short. */
  readonly reason: string | undefined;
  readonly peer: Peer;
  readonly transport: TransportUse;
  readonly settings: Settings;
  readonly counts: LedgerCounts;
  readonly rtt: Distribution | undefined;
  /** Transit times with the clock offset in them; undefined when one-way delay is switched off. */
  readonly up: DelayDistribution | undefined;
  readonly down: DelayDistribution | undefined;
  readonly clocks: ClockKnowledge;
  readonly jitter: Jitter | undefined;
  readonly sendError: Distribution | undefined;
}

export function pingResult(facts: PingFacts): Result {
  const { counts, reason } = facts;
  return {
    schemaVersion: SCHEMA_VERSION,
    runner: 'udp-client',
    kind: 'ping',
    startedAt: facts.startedAt.toISOString(),
    durationNs: facts.durationNs,
    complete: reason === undefined,
    reason,
    peer: facts.peer,
    transport: facts.transport,
    settings: facts.settings,
    probes: {
      sent: counts.sent,
      received: counts.received,
      lost: counts.lost,
      lostUp: undefined,
      lostDown: undefined,
      lossRatio: counts.sent === 0 ? undefined : counts.lost / counts.sent,
      duplicates: counts.duplicates,
      duplicatesUp: undefined,
      duplicatesDown: undefined,
      reordered: counts.reordered,
      late: counts.late,
      hostDropped: undefined,
    },
    rtt: facts.rtt,
    owd: oneWayDelay(facts.up, facts.down, facts.clocks),
    queueing: undefined,
    jitter: facts.jitter?.rttNs === undefined ? undefined : facts.jitter,
    ipdv: undefined,
    pdv: undefined,
    lossBursts: undefined,
    throughput: undefined,
    sendErrorNs: facts.sendError,
    streams: undefined,
    intervals: undefined,
  };
}
