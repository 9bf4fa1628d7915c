import type { Interval, Peer, Result, Runner, Settings, TransportUse } from './result';

/** What a client session tells while it runs, in order. Every output is a consumer of this one stream. */
export type SessionEvent = StartEvent | ProbeEvent | IntervalEvent | NoticeEvent | SummaryEvent;

/** The measurement is about to begin: the peer answered, or its address is known. */
export interface StartEvent {
  readonly type: 'start';
  readonly runner: Runner;
  readonly kind: Result['kind'];
  readonly peer: Peer;
  readonly transport: TransportUse;
  readonly settings: Settings;
}

/** What became of one probe. A probe that is given up and then answered yields `lost` and later `late`. */
export interface ProbeEvent {
  readonly type: 'probe';
  readonly sequence: number;
  readonly outcome: 'received' | 'lost' | 'late' | 'duplicate';
  /** Bytes of the reply; undefined for `lost`. */
  readonly bytes: number | undefined;
  /** Round trip less the server's own time; undefined for `lost`. */
  readonly rttNs: number | undefined;
  /** RFC 4737: it arrived after the reply to a later probe. */
  readonly reordered: boolean;
  /** Scheduled send instant, since the session began. */
  readonly sentNs: number;
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
export type ServerEvent = ListeningEvent | ClientEvent | NoticeEvent | StoppedEvent;

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

/** The last event of a server. */
export interface StoppedEvent {
  readonly type: 'stopped';
  readonly totals: ServerTotals;
}

export interface ServerTotals {
  /** Load tests that ended, in whatever way. */
  readonly tests: number;
  readonly probeSessions: number;
  readonly probesAnswered: number;
  /** Datagrams that were no probes and belonged to no test. */
  readonly datagramsIgnored: number;
  /** Connections that did not speak the protocol. */
  readonly connectionsIgnored: number;
}
