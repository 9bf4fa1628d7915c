import * as v from 'valibot';
import type { Distribution } from './distribution';
import { type Interval, IntervalSchema, LoadSettingsSchema, LoadTransportSchema } from './load-result';
import { PingSettingsSchema, PingTransportSchema } from './ping-result';
import type { ProbeCounts } from './probe-counts';
import { ResultSchema } from './result';
import { PeerSchema, RunnerSchema } from './run';
import { RUN_ERROR } from './run-error';
import {
  count,
  countsByName,
  fields,
  flag,
  listOf,
  number,
  oneOf,
  orUnknown,
  text,
  variants,
  wallTime,
} from './schema';

/** What a client session tells while it runs, in order. Every output is a consumer of this one stream. */
export type SessionEvent =
  | StartEvent
  | RoundTripEvent
  | ProbeEvent
  | IntervalEvent
  | InterimEvent
  | NoticeEvent
  | SummaryEvent;

const START = {
  type: v.literal('start'),
  runner: RunnerSchema,
  peer: PeerSchema,
};

export const PingStartEventSchema = fields({
  ...START,
  kind: v.literal('ping'),
  transport: PingTransportSchema,
  settings: PingSettingsSchema,
});

export interface PingStartEvent extends v.InferOutput<typeof PingStartEventSchema> {}

export const LoadStartEventSchema = fields({
  ...START,
  kind: v.literal('load'),
  transport: LoadTransportSchema,
  settings: LoadSettingsSchema,
});

export interface LoadStartEvent extends v.InferOutput<typeof LoadStartEventSchema> {}

/** The measurement is about to begin: the peer answered, or its address is known. */
export type StartEvent = PingStartEvent | LoadStartEvent;

export const StartEventSchema = variants('kind', PingStartEventSchema, LoadStartEventSchema);

/** What became of a probe, or of one more reply to it. */
const PROBE_OUTCOME = {
  sequence: count,
  /** `late` and `duplicate` are further replies: to a probe that was lost, or was answered before. */
  outcome: oneOf('received', 'lost', 'late', 'duplicate'),
  /** Bytes of the reply; not known for `lost`. */
  bytes: orUnknown(count),
  /** Round trip less the server's own time; not known for `lost`. */
  rttNs: orUnknown(number),
  /** RFC 4737: it arrived after the reply to a later probe. */
  reordered: flag,
  /** Of `lost`: what ICMP said of this probe, in words; nothing where it said nothing. */
  cause: orUnknown(text),
  /** When it left, since the run began, as exactly as is known. */
  sentNs: number,
};

const ProbeOutcomeSchema = fields(PROBE_OUTCOME);

/** The round trip of a probe: for people who watch. Told when it is final, in order of sending, and before that at once. */
export interface RoundTripEvent extends v.InferOutput<typeof ProbeOutcomeSchema> {
  readonly type: 'round-trip';
  /** False: the server has not told yet when exactly its reply left. The same probe is told once more. */
  readonly isFinal: boolean;
}

const UserStampSchema = oneOf('sent', 'replied', 'received');

/** A stamp of a probe that a program took, not the kernel: T1 or T4 of this host, or T3 of the server. */
export type UserStamp = v.InferOutput<typeof UserStampSchema>;

export const ProbeEventSchema = fields({
  type: v.literal('probe'),
  ...PROBE_OUTCOME,
  /** When it left, as exactly as is known, by this host's wall clock: ISO 8601, UTC, nine decimals. */
  sentAt: wallTime,
  /** One-way delays, offset and skew of the clocks taken out. Not known where nothing is known of the clocks. */
  upNs: orUnknown(number),
  downNs: orUnknown(number),
  /** Which of its stamps a program took. */
  userStamps: listOf(UserStampSchema),
});

/**
 * All that will ever be known of a probe: once each, in order of sending, when the clocks are known. A further reply is told
 * behind its probe. The figures are those that the summary is made of.
 */
export interface ProbeEvent extends v.InferOutput<typeof ProbeEventSchema> {}

export const IntervalEventSchema = fields({
  type: v.literal('interval'),
  interval: IntervalSchema,
});

interface IntervalEvent extends v.InferOutput<typeof IntervalEventSchema> {}

const NOTICE = {
  type: v.literal('notice'),
  code: text,
  message: text,
  /** How many of what, where the notice is about numbers; else it is left out. */
  counts: v.exactOptional(countsByName),
};

export const NoticeEventSchema = v.pipe(v.object(NOTICE), v.readonly());

/** Something the user should know that is no failure. */
export interface NoticeEvent extends v.InferOutput<typeof NoticeEventSchema> {}

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
      readonly elapsedNs: number;
      /** Of all streams of each direction in which data flows. */
      readonly directions: readonly (Pick<Interval, 'direction' | 'measuredAt'> & { readonly bytes: number })[];
    };

export const ErrorEventSchema = fields({
  type: v.literal('error'),
  ...RUN_ERROR,
});

/** Of a stream of events alone: the run has failed. A `summary` with the same error follows, but at a server. */
export interface ErrorEvent extends v.InferOutput<typeof ErrorEventSchema> {}

export const SummaryEventSchema = fields({
  type: v.literal('summary'),
  result: ResultSchema,
});

/** The last event of a session, also of one that was cut short. */
export interface SummaryEvent extends v.InferOutput<typeof SummaryEventSchema> {}

/** What of a session is written down. */
export type WrittenSessionEvent = StartEvent | ProbeEvent | IntervalEvent | NoticeEvent | SummaryEvent;

/** The events of a session that are written down. A round trip is told again as a probe, and interim figures are for people. */
export const WRITTEN_OF_SESSION = [
  StartEventSchema,
  ProbeEventSchema,
  IntervalEventSchema,
  NoticeEventSchema,
  SummaryEventSchema,
] as const;
