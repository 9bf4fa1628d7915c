import * as v from 'valibot';
import { RunnerSchema } from './run';
import { count, countsOf, fields, listOf, oneOf, text, variants } from './schema';
import { type NoticeEvent, type SessionEvent, WRITTEN_OF_SESSION } from './session-events';

/** What a server tells while it runs: its own state, and the events of each client under that client's number. */
export type ServerEvent = ListeningEvent | ClientEvent | NoticeEvent | TotalsEvent | StoppedEvent;

const ENDPOINT = {
  address: text,
  port: count,
};

export const EndpointSchema = fields({
  ...ENDPOINT,
});

/** An address with a port. */
export interface Endpoint extends v.InferOutput<typeof EndpointSchema> {}

export const ListenerSchema = fields({
  ...ENDPOINT,
  serves: oneOf('tcp-load', 'udp-load', 'probes', 'echo'),
});

export const ListeningEventSchema = fields({
  type: v.literal('listening'),
  runner: RunnerSchema,
  /** One for each socket: what it serves and where. */
  sockets: listOf(ListenerSchema),
});

export interface ListeningEvent extends v.InferOutput<typeof ListeningEventSchema> {}

export const ClientEventSchema = fields({
  type: v.literal('client'),
  /** Counts from 1 in order of arrival. */
  client: count,
  endpoint: EndpointSchema,
  event: variants('type', ...WRITTEN_OF_SESSION),
});

export interface ClientEvent extends Omit<v.InferOutput<typeof ClientEventSchema>, 'event'> {
  readonly event: SessionEvent;
}

const IGNORED_REASONS = ['short', 'corrupt', 'reply', 'opening', 'service-port', 'repeat'] as const;

/**
 * Why a server does not answer a datagram. `short`: below 38 bytes; `corrupt`: an Error Estimate of 0 (RFC 4656); `reply`: a
 * reflector's reply; `opening`: it opens no load test known here; under `--echo` `service-port`, `repeat`: it may be part of a loop.
 */
export type IgnoredReason = (typeof IGNORED_REASONS)[number];

const IgnoredDatagramsSchema = countsOf(IGNORED_REASONS);

export type IgnoredDatagrams = v.InferOutput<typeof IgnoredDatagramsSchema>;

export const ServerTotalsSchema = fields({
  /** Load tests that ended, in whatever way. */
  tests: count,
  probeSessions: count,
  probesAnswered: count,
  /** Datagrams that were no probes and belonged to no test. */
  datagramsIgnored: count,
  /** The same by reason; those that did not occur are left out. */
  ignored: IgnoredDatagramsSchema,
  /** Connections that did not speak the protocol. */
  connectionsIgnored: count,
});

export interface ServerTotals extends v.InferOutput<typeof ServerTotalsSchema> {}

/** What a server has done so far, for a user who asked: never written down. */
export interface TotalsEvent {
  readonly type: 'totals';
  readonly totals: ServerTotals;
}

export const StoppedEventSchema = fields({
  type: v.literal('stopped'),
  totals: ServerTotalsSchema,
});

/** The last event of a server. */
export interface StoppedEvent extends v.InferOutput<typeof StoppedEventSchema> {}
