import * as v from 'valibot';
import { SCHEMA_VERSION } from './constants';
import { RunErrorSchema } from './run-error';
import { count, eachOrUnknown, fields, flag, listOf, number, oneOf, orUnknown, text, wallTime } from './schema';

export const RunnerSchema = oneOf('udp-client', 'udp-server', 'tcp-client', 'tcp-server');

export type Runner = v.InferOutput<typeof RunnerSchema>;

export const NoticeSchema = fields({
  /** For programs: it stays the same. */
  code: text,
  /** One line, for people. */
  message: text,
  count,
});

/** Something that is no failure, and how often it was met. */
export interface Notice extends v.InferOutput<typeof NoticeSchema> {}

/** What every document has. */
export const HEAD = {
  schemaVersion: v.literal(SCHEMA_VERSION),
  runner: RunnerSchema,
  startedAt: wallTime,
  durationNs: number,
  /** False when the run was cut short; `reason` then says why. */
  complete: flag,
  reason: orUnknown(text),
  /** Why the run failed. Nothing when it did not: also of one that was interrupted by its user with something measured. */
  error: orUnknown(RunErrorSchema),
  /** What the user should know beside the figures; none: an empty list. Each was told as a `notice` event when it first came. */
  notices: listOf(NoticeSchema),
};

const TARGET = {
  /** As the user wrote it. */
  host: text,
  port: count,
};

const SPOKEN = {
  /** What the peer turned out to speak; not known while nothing has come back. */
  protocol: orUnknown(oneOf('stamp', 'twamp-light', 'echo', 'iperf3', 'pathgauge')),
};

export const PeerSchema = fields({
  ...TARGET,
  address: text,
  ...SPOKEN,
});

export interface Peer extends v.InferOutput<typeof PeerSchema> {}

export const MeasuredPeerSchema = fields({
  ...TARGET,
  /** Which of its addresses was used; not known of a run that could not begin. */
  address: orUnknown(text),
  ...SPOKEN,
});

/** The peer, as a document tells of it. */
export interface MeasuredPeer extends v.InferOutput<typeof MeasuredPeerSchema> {}

/** What is known of the transport of every run that has begun. */
export const TRANSPORT = {
  kind: oneOf('portable', 'linux'),
  sendTimestamps: oneOf('kernel', 'user'),
  receiveTimestamps: oneOf('kernel', 'user'),
};

export const TRANSPORT_NOTES = {
  /** Why it is not the one that would have been better. */
  note: orUnknown(text),
  /** Room for datagrams that this host had not read yet; not known for TCP, and where the system does not tell. */
  receiveBufferBytes: orUnknown(count),
  /** How often this host's wall clock was set during the run; not known where nobody looks. */
  clockSteps: orUnknown(count),
};

/** The transport of a run that could not begin is not known. */
export const MAYBE_TRANSPORT = {
  ...eachOrUnknown(TRANSPORT),
  ...TRANSPORT_NOTES,
};

/** What was asked for, of every kind. */
export const SETTINGS = {
  /** UDP payload of a probe or datagram, or the whole record on TCP. */
  lengthBytes: count,
  durationNs: orUnknown(number),
  /** What is sent was marked with this; not known: with nothing of its own. */
  dscp: orUnknown(count),
};

export const HostStallsSchema = fields({
  count,
  longestNs: number,
});

/** Times at which a host ran nothing of ours although something was due: it was suspended, starved or overloaded. */
export interface HostStalls extends v.InferOutput<typeof HostStallsSchema> {}
