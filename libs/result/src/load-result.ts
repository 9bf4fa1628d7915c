import * as v from 'valibot';
import { CpuSchema } from './cpu';
import { DatagramCountsSchema } from './datagram-counts';
import { DistributionSchema } from './distribution';
import { DirectionSchema } from './path';
import { LossBurstsSchema, ReorderExtentSchema } from './probe-counts';
import { AMOUNT, RATES, RateSchema } from './rate';
import { HEAD, MAYBE_TRANSPORT, MeasuredPeerSchema, SETTINGS, TRANSPORT, TRANSPORT_NOTES } from './run';
import { byDirection, count, eachOrUnknown, fields, flag, listOf, number, oneOf, orUnknown, text } from './schema';
import { DELAYS, JITTER, SPREAD, SURROUNDINGS } from './sections';
import { ServerOutputSchema } from './server-output';

const OFFLOADS = {
  /** What the system did for the data beyond passing on datagrams one by one. */
  offloads: listOf(oneOf('udp-gso', 'udp-gro')),
};

export const LoadTransportSchema = fields({
  ...TRANSPORT,
  ...TRANSPORT_NOTES,
  ...OFFLOADS,
});

/** What carried a load. */
export interface LoadTransport extends v.InferOutput<typeof LoadTransportSchema> {}

export const MeasuredLoadTransportSchema = fields({
  ...MAYBE_TRANSPORT,
  ...eachOrUnknown(OFFLOADS),
});

export const LoadSettingsSchema = fields({
  ...SETTINGS,
  protocol: oneOf('tcp', 'udp'),
  /** In which data flows; `both` at once. */
  direction: oneOf('up', 'down', 'both'),
  /** Streams in each direction. */
  parallel: count,
  /** Between messages of a stream, on average; not known: as fast as the path takes them. */
  intervalNs: orUnknown(number),
  /** Of each stream; not known: not paced to a rate. */
  bitsPerSecond: orUnknown(number),
  /** Messages that leave together. */
  burst: count,
  /** What is sent in each direction, of all streams together; not known: the time decides. */
  bytes: orUnknown(count),
  /** The beginning of the load that is in no figure. `durationNs` is what follows. */
  omitNs: number,
  /** Whether datagrams must not be cut into fragments; not known of TCP, which sends none. */
  dontFragment: orUnknown(flag),
  /** Room of the system for what is sent and received. Not known, as all that follows: what the system does by itself. */
  windowBytes: orUnknown(count),
  /** Largest segment of TCP. */
  mssBytes: orUnknown(count),
  /** Congestion control of TCP. */
  congestion: orUnknown(text),
  /** Whether TCP sends a message at once; not known of UDP, which always does. */
  noDelay: orUnknown(flag),
  /** The whole octet that packets are marked with; `dscp` is its upper six bits. */
  trafficClass: orUnknown(count),
  /** The system of the sender sends no faster than this, each stream. */
  pacingBitsPerSecond: orUnknown(number),
});

/** What a load test was asked for. */
export interface LoadSettings extends v.InferOutput<typeof LoadSettingsSchema> {}

export const StreamResultSchema = fields({
  id: count,
  direction: DirectionSchema,
  ...eachOrUnknown(AMOUNT),
  ...RATES,
  /** At the sending end. Not known when its figures never came. */
  sent: orUnknown(RateSchema),
  /**
   * Messages that were due and never handed over: the sending host was held up, its system refused them, or the path did not take
   * them in time. Not known where the sender does not tell.
   */
  notSent: orUnknown(count),
  /** Of datagrams: sent and not received. Not known of TCP, nor where one end does not tell. */
  lost: orUnknown(count),
  /** At the receiving end; not known where nothing is numbered, or nobody counts. So are the next two. */
  duplicates: orUnknown(count),
  reordered: orUnknown(count),
  reorderExtent: orUnknown(ReorderExtentSchema),
  lossBursts: orUnknown(LossBurstsSchema),
  /** Dropped by the receiving host itself. */
  hostDropped: orUnknown(count),
  jitterNs: orUnknown(number),
  owd: orUnknown(DistributionSchema),
  /** Delay above the smallest one of this stream. */
  queueing: orUnknown(DistributionSchema),
  retransmits: orUnknown(count),
  rttNs: orUnknown(number),
  cwndBytes: orUnknown(count),
  /** TCP, at the sending end: the largest segment, without headers. Not known where its system does not tell. */
  mssBytes: orUnknown(count),
  /** TCP: the congestion control that its sending end used. */
  congestion: orUnknown(text),
});

/** The rate is that of the receiving end; its fields are not known when its figures never came. */
export interface StreamResult extends v.InferOutput<typeof StreamResultSchema> {}

export const IntervalSchema = fields({
  startNs: number,
  endNs: number,
  /** The `id` of a stream; not known: of all streams of the direction together. */
  stream: orUnknown(count),
  direction: DirectionSchema,
  /** Whether the figures were taken where the data is sent or where it arrives. */
  measuredAt: oneOf('sender', 'receiver'),
  bytes: count,
  /** What the sender handed over meanwhile, where `bytes` is what arrived; not known where only one end tells. */
  sentBytes: orUnknown(count),
  bitsPerSecond: orUnknown(number),
  messages: orUnknown(count),
  /** Datagrams missing so far in this interval; a late arrival takes one off a later interval. */
  lost: orUnknown(v.pipe(v.number(), v.integer())),
  jitterNs: orUnknown(number),
  /** Mean one-way delay of the interval; not known where no clock is trusted. */
  owdMeanNs: orUnknown(number),
  /** TCP, at the sender: segments sent again in this interval, and the path's state at its end. */
  retransmits: orUnknown(count),
  rttNs: orUnknown(number),
  cwndBytes: orUnknown(count),
});

/** What one report interval held, at the end that reports it. */
export interface Interval extends v.InferOutput<typeof IntervalSchema> {}

export const LoadJitterSchema = fields(JITTER);

/** RFC 3550 section 6.4.1, in each direction; of several streams the mean of theirs, by how much each has received. */
export interface LoadJitter extends v.InferOutput<typeof LoadJitterSchema> {}

export const LoadResultSchema = fields({
  ...HEAD,
  kind: v.literal('load'),
  peer: MeasuredPeerSchema,
  transport: MeasuredLoadTransportSchema,
  settings: LoadSettingsSchema,
  /** Measured at the receiving end, all streams together. */
  throughput: orUnknown(byDirection(RateSchema)),
  /** Of UDP load. */
  datagrams: orUnknown(DatagramCountsSchema),
  ...DELAYS,
  jitter: orUnknown(LoadJitterSchema),
  ...SPREAD,
  /** Actual less scheduled send instant. */
  sendErrorNs: orUnknown(DistributionSchema),
  ...SURROUNDINGS,
  /** Of TCP: the congestion control that the sending end of each direction used. */
  congestion: orUnknown(byDirection(text)),
  /** What both ends took of their hosts' processors. */
  cpu: orUnknown(CpuSchema),
  /** What the server has printed; nothing where it was not asked for. */
  serverOutput: orUnknown(ServerOutputSchema),
  streams: orUnknown(listOf(StreamResultSchema)),
  intervals: orUnknown(listOf(IntervalSchema)),
});

/** The document of a load test. */
export interface LoadResult extends v.InferOutput<typeof LoadResultSchema> {}

/** The same as JSON has it. */
export interface LoadResultJson extends v.InferInput<typeof LoadResultSchema> {}
