import * as v from 'valibot';
import { DistributionSchema } from './distribution';
import { MarkingSchema } from './path';
import { ForeignRepliesSchema, ProbeCountsSchema } from './probe-counts';
import { HEAD, MAYBE_TRANSPORT, MeasuredPeerSchema, SETTINGS, TRANSPORT, TRANSPORT_NOTES } from './run';
import { byDirection, count, fields, flag, number, oneOf, orUnknown } from './schema';
import { DELAYS, JITTER, SPREAD, SURROUNDINGS } from './sections';
import { VoiceQualitySchema } from './voice';

export const UserStampedSchema = fields({
  /** T1, by this host. */
  sent: count,
  /** T3, by the server: it does not tell by a Follow-up when the reply left, or that was lost. */
  replied: count,
  /** T4, by this host. */
  received: count,
});

/** How many of the probes received have a timestamp that a program took, instead of the kernel. */
export interface UserStamped extends v.InferOutput<typeof UserStampedSchema> {}

const PING_STAMPS = {
  /** Not known before the end. */
  userStamped: orUnknown(UserStampedSchema),
};

export const PingTransportSchema = fields({
  ...TRANSPORT,
  ...TRANSPORT_NOTES,
  ...PING_STAMPS,
});

/** What carried probes. */
export interface PingTransport extends v.InferOutput<typeof PingTransportSchema> {}

export const MeasuredPingTransportSchema = fields({
  ...MAYBE_TRANSPORT,
  ...PING_STAMPS,
});

export const ScheduleSchema = fields({
  kind: oneOf('even', 'burst', 'poisson'),
  /** How many leave together; 1 but for bursts. */
  burst: count,
});

/** At even intervals, in bursts of several at each, or at random ones of that mean (RFC 2330 section 11.1.1). */
export interface Schedule extends v.InferOutput<typeof ScheduleSchema> {}

export const PingSettingsSchema = fields({
  ...SETTINGS,
  intervalNs: number,
  count: orUnknown(count),
  timeoutNs: number,
  /** Whether datagrams must not be cut into fragments. */
  dontFragment: flag,
  /** How the instants of sending follow each other; not known where there is no schedule. */
  schedule: orUnknown(ScheduleSchema),
});

/** What a run of probes was asked for. */
export interface PingSettings extends v.InferOutput<typeof PingSettingsSchema> {}

export const JitterSchema = fields({
  ...JITTER,
  rttNs: orUnknown(number),
});

/** RFC 3550 section 6.4.1, in each direction and for the round trip. */
export interface Jitter extends v.InferOutput<typeof JitterSchema> {}

export const PingResultSchema = fields({
  ...HEAD,
  kind: v.literal('ping'),
  peer: MeasuredPeerSchema,
  transport: MeasuredPingTransportSchema,
  settings: PingSettingsSchema,
  probes: orUnknown(ProbeCountsSchema),
  /** What came from the server and answers no probe; nothing where nothing did. */
  foreignReplies: orUnknown(ForeignRepliesSchema),
  /** What the packets looked like where they arrived. */
  marking: orUnknown(byDirection(MarkingSchema)),
  /** Round trip less the server's own time. */
  rtt: orUnknown(DistributionSchema),
  ...DELAYS,
  jitter: orUnknown(JitterSchema),
  ipdv: orUnknown(byDirection(DistributionSchema)),
  ...SPREAD,
  /** Of a probe stream that is like a voice call; an estimate. */
  voice: orUnknown(VoiceQualitySchema),
  /** Actual less scheduled send instant. */
  sendErrorNs: orUnknown(DistributionSchema),
  /** How long what was sent waited in this host's own queue, which is in no delay. */
  hostQueueingNs: orUnknown(DistributionSchema),
  ...SURROUNDINGS,
});

/** The document of a run of probes. */
export interface PingResult extends v.InferOutput<typeof PingResultSchema> {}

/** The same as JSON has it. */
export interface PingResultJson extends v.InferInput<typeof PingResultSchema> {}
