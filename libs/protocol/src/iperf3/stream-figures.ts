import type { HostStalls, ReorderExtent } from '@pathgauge/result';
import * as v from 'valibot';
import { ICMP, PATH_MTU } from './icmp-figures';
import { COUNT, fields, type JsonObject, list, optional, reader, type Schema } from './json-schema';
import { LOSS_BURSTS } from './loss-bursts';
import { CONGESTION, MAX_REPORTED_STREAMS } from './results';
import { DURATION, TRANSIT, withFewerBins } from './transit-state';

/** Of all streams together: some two megabytes of the four that results may have. */
const MAX_TOLD_BINS = 100_000;

/** What was due and was not sent: messages by the reason. */
const NOT_SENT = fields({
  /** The host was held up when they were due. */
  heldUp: COUNT,
  /** Its own system did not take them. */
  refused: COUNT,
  /** The connection's path did not take them in time. */
  blocked: COUNT,
});
export type NotSentFigures = v.InferOutput<typeof NOT_SENT>;

const HOST_STALLS: Schema<HostStalls> = fields({ count: COUNT, longestNs: DURATION });
const REORDER_EXTENT: Schema<ReorderExtent> = fields({ mean: DURATION, max: COUNT });

/**
 * What one end adds to its results for each stream, between two Pathgauges. The receiver gives everything; the sender gives
 * `bytes`, `messages` and `durationNs` of what it sent. `null` says that a figure is not known.
 */
const STREAM_FIGURES = fields(
  {
    id: COUNT,
    bytes: optional(COUNT),
    /** Records or datagrams, duplicates left out. Undefined where the stream has none. */
    messages: optional(COUNT),
    /** At the sender: how long its load lasted. At the receiver: from the first arrival to the last. */
    durationNs: optional(DURATION),
    /** RFC 3550; undefined when not computed. */
    jitterNs: optional(DURATION),
    /** Undefined where nothing is numbered, or nobody counts them. */
    duplicates: optional(COUNT),
    reordered: optional(COUNT),
    /** One more than the highest number that arrived, counted from 0. Undefined where nothing is numbered. */
    expected: optional(COUNT),
    /** Dropped by the receiving host itself; undefined where its system does not count it. */
    hostDropped: optional(COUNT),
    /** TCP, at the sender: segments sent again, and the path's state at the end. Undefined where its system does not know. */
    retransmits: optional(COUNT),
    rttNs: optional(DURATION),
    cwndBytes: optional(COUNT),
    /** Of TCP, at the sender: the largest segment, without headers. */
    mssBytes: optional(COUNT),
    /** Of TCP, at the sender: the congestion control in use. */
    congestion: optional(CONGESTION),
    /** Transit times with the clock offset in them; undefined when not computed. */
    transit: optional(TRANSIT),
    /** At the sender. */
    notSent: optional(NOT_SENT),
    /** How often this end ran nothing although something was due, and for how long at the most. */
    hostStalls: optional(HOST_STALLS),
    /** At the sender: what the path takes in one piece, as far as its system knows. */
    pathMtu: optional(PATH_MTU),
    /** At the sender of datagrams: the ICMP errors about them. Undefined where its system does not pass them on. */
    icmp: optional(ICMP),
    /** RFC 4737 section 4.2.1, in arrivals; undefined when nothing was reordered. */
    reorderExtent: optional(REORDER_EXTENT),
    /** RFC 3357, below `expected`. */
    lossBursts: optional(LOSS_BURSTS),
    /** `hostDropped` is an upper bound, not a count. */
    hostDroppedEstimated: v.pipe(
      v.unknown(),
      v.transform((value) => value === true),
    ),
  },
  'pathgauge.streams: has an entry that is not an object',
);
export type StreamFigures = v.InferOutput<typeof STREAM_FIGURES>;

const FIGURES = v.pipe(
  fields({
    streams: list(STREAM_FIGURES, { max: MAX_REPORTED_STREAMS, problem: 'pathgauge.streams: is not a list' }),
  }),
  v.transform(({ streams }) => streams),
);

/** Reads what a peer added. Nothing in it is trusted: wrong types, counts that do not add up and excess are failures. */
export const figuresFromJson = reader(FIGURES, 'pathgauge');

/** Of many streams each distribution is told with fewer bins, so that there is room for all. */
export function figuresToJson(streams: readonly StreamFigures[]): JsonObject {
  const maxBins = Math.floor(MAX_TOLD_BINS / Math.max(1, streams.length));
  return { version: 1, streams: streams.map((stream) => streamToJson(stream, maxBins)) };
}

function streamToJson(figures: StreamFigures, maxBins: number): JsonObject {
  const { transit } = figures;
  const told = { ...figures, transit: transit && withFewerBins(transit, maxBins) };
  return Object.fromEntries(Object.entries(told).map(([name, figure]) => [name, figure ?? null]));
}

/** The figures that only a receiving Pathgauge knows, where there is none. */
export const NO_RECEIVER_FIGURES = {
  jitterNs: undefined,
  duplicates: undefined,
  reordered: undefined,
  reorderExtent: undefined,
  expected: undefined,
  lossBursts: undefined,
  hostDropped: undefined,
  hostDroppedEstimated: false,
  transit: undefined,
  retransmits: undefined,
  rttNs: undefined,
  cwndBytes: undefined,
  notSent: undefined,
  hostStalls: undefined,
  mssBytes: undefined,
  congestion: undefined,
  pathMtu: undefined,
  icmp: undefined,
} as const;
