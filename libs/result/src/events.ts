import type { Distribution } from './distribution';
import type { RunError } from './failure';
import type { ProbeCounts } from './probe-counts';
import type { Interval, Peer, Result, Runner, Settings, TransportUse } from './result';

/** What a client session tells while it runs, in order. Every output is a consumer of this one stream. */
export type SessionEvent =
  | StartEvent
  | RoundTripEvent
  | ProbeEvent
  | IntervalEvent
  | InterimEvent
  | NoticeEvent
  | SummaryEvent;

/** The measurement is about to begin: the peer answered, or its address is known. */
export interface StartEvent {
  readonly type: 'start';
  readonly runner: Runner;
  readonly kind: NonNullable<Result['kind']>;
  readonly peer: Peer;
  readonly transport: TransportUse;
  readonly settings: Settings;
}

/** What became of a probe, or of one more reply to it. */
interface ProbeOutcome {
  readonly sequence: number;
  /** `late` and `duplicate` are further replies: to a probe that was lost, or was answered before. */
  readonly outcome: 'received' | 'lost' | 'late' | 'duplicate';
  /** Bytes of the reply; undefined for `lost`. */
  readonly bytes: number | undefined;
  /** Round trip less the server's own time; undefined for `lost`. */
  readonly rttNs: number | undefined;
  /** RFC 4737: it arrived after the reply to a later probe. */
  readonly reordered: boolean;
  /** Of `lost`: what ICMP said of this probe, in words; undefined where it said nothing. */
  readonly cause: string | undefined;
  /** When it left, since the run began, as exactly as is known. */
  readonly sentNs: number;
}

/** The round trip of a probe: for people who watch. Told when it is final, in order of sending, and before that at once. */
export interface RoundTripEvent extends ProbeOutcome {
  readonly type: 'round-trip';
  /** False: the server has not told yet when exactly its reply left. The same probe is told once more. */
  readonly isFinal: boolean;
}

/** A stamp of a probe that a program took, not the kernel: T1 or T4 of this host, or T3 of the server. */
export type UserStamp = 'sent' | 'replied' | 'received';

/**
 * All that will ever be known of a probe: once each, in order of sending, when the clocks are known. A further reply is told
 * behind its probe. The figures are those that the summary is made of.
 */
export interface ProbeEvent extends ProbeOutcome {
  readonly type: 'probe';
  /** When it left, as exactly as is known, by this host's wall clock: ISO 8601, UTC, nine decimals. */
  readonly sentAt: string;
  /** One-way delays, offset and skew of the clocks taken out. Undefined where nothing is known of them. */
  readonly upNs: number | undefined;
  readonly downNs: number | undefined;
  /** Which of its stamps a program took. */
  readonly userStamps: readonly UserStamp[];
}

export interface IntervalEvent {
  readonly type: 'interval';
  readonly interval: Interval;
}

/** Something the user should know that is no failure. */
export interface NoticeEvent {
  readonly type: 'notice';
  readonly code: string;
  readonly message: string;
  /** How many of what, where the notice is about numbers. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** The figures so far, for a user who asked while the run goes on. */
export type InterimEvent =
  | {
      readonly type: 'interim';
      readonly of: 'ping';
      /** The ratio is that of the probes whose fate is known. */
      readonly counts: Pick<ProbeCounts, 'sent' | 'received' | 'lost' | 'lossRatio'>;
      readonly rtt: Distribution | undefined;
    }
  | {
      readonly type: 'interim';
      readonly of: 'load';
      readonly measuredAt: Interval['measuredAt'];
      readonly bytes: number;
      readonly elapsedNs: number;
    };

/** Of a stream of events alone: the run has failed. A `summary` with the same error follows, but at a server. */
export interface ErrorEvent extends RunError {
  readonly type: 'error';
}

/** The last event of a session, also of one that was cut short. */
export interface SummaryEvent {
  readonly type: 'summary';
  readonly result: Result;
}

/** An address with a port. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** What a server tells while it runs: its own state, and the events of each client under that client's number. */
export type ServerEvent = ListeningEvent | ClientEvent | NoticeEvent | TotalsEvent | StoppedEvent;

export interface ListeningEvent {
  readonly type: 'listening';
  readonly runner: Runner;
  /** One line per socket: what it serves and where. */
  readonly sockets: readonly (Endpoint & { readonly serves: 'tcp-load' | 'udp-load' | 'probes' | 'echo' })[];
}

export interface ClientEvent {
  readonly type: 'client';
  /** Counts from 1 in order of arrival. */
  readonly client: number;
  readonly endpoint: Endpoint;
  readonly event: SessionEvent;
}

/** What a server has done so far, for a user who asked. */
export interface TotalsEvent {
  readonly type: 'totals';
  readonly totals: ServerTotals;
}

/** The last event of a server. */
export interface StoppedEvent {
  readonly type: 'stopped';
  readonly totals: ServerTotals;
}

/**
 * Why a server does not answer a datagram. `short`: below 38 bytes; `corrupt`: an Error Estimate of 0 (RFC 4656); `reply`: a
 * reflector's reply; `opening`: it opens no load test known here; under `--echo` `service-port`, `repeat`: it may be part of a loop.
 */
export type IgnoredReason = 'short' | 'corrupt' | 'reply' | 'opening' | 'service-port' | 'repeat';

export type IgnoredDatagrams = Readonly<Partial<Record<IgnoredReason, number>>>;

export interface ServerTotals {
  /** Load tests that ended, in whatever way. */
  readonly tests: number;
  readonly probeSessions: number;
  readonly probesAnswered: number;
  /** Datagrams that were no probes and belonged to no test. */
  readonly datagramsIgnored: number;
  /** The same by reason; those that did not occur are left out. */
  readonly ignored: IgnoredDatagrams;
  /** Connections that did not speak the protocol. */
  readonly connectionsIgnored: number;
}
