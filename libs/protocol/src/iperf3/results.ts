import * as v from 'valibot';
import { COUNT, fields, type JsonObject, list, MAX_COUNT, number, optionalOr, reader } from './json-schema';

/** Bidirectional tests have two for each of iperf3's 128. */
export const MAX_REPORTED_STREAMS = 256;
/** iperf3 3.12 writes -1 as an unsigned 64-bit number. */
const UNSIGNED_MINUS_ONE = 2 ** 64;
const NOT_KNOWN = -1;

const SECONDS = number({ min: 0, max: MAX_COUNT });

/** iperf3 requires the number, also where the system does not know it. */
const COUNT_OR_UNKNOWN = v.pipe(
  number({ min: NOT_KNOWN, max: UNSIGNED_MINUS_ONE }),
  v.transform((count) => (count < 0 || count > MAX_COUNT ? undefined : count)),
);

/** One stream as iperf3 reports it. iperf3 requires every field that has no fallback. */
const STREAM_REPORT = v.pipe(
  fields(
    {
      id: COUNT,
      bytes: COUNT,
      retransmits: COUNT_OR_UNKNOWN,
      jitter: SECONDS,
      errors: COUNT,
      packets: COUNT,
      start_time: optionalOr(SECONDS, 0),
      end_time: optionalOr(SECONDS, 0),
    },
    'has an entry that is not an object',
  ),
  v.transform((json) => ({
    id: json.id,
    bytes: json.bytes,
    /** Undefined where the system does not count them. */
    retransmits: json.retransmits,
    jitterSeconds: json.jitter,
    /** Datagrams counted as lost, by iperf3's own rule. */
    errors: json.errors,
    /** Datagrams sent, or the highest number received. */
    packets: json.packets,
    startSeconds: json.start_time,
    endSeconds: json.end_time,
  })),
);
export type StreamReport = Readonly<v.InferOutput<typeof STREAM_REPORT>>;

/** What one end reports when a test is over. */
const RESULTS = v.pipe(
  fields({
    sender_has_retransmits: COUNT_OR_UNKNOWN,
    streams: list(STREAM_REPORT, {
      max: MAX_REPORTED_STREAMS,
      problem: 'is not a list',
      excess: `has more than ${MAX_REPORTED_STREAMS} entries`,
    }),
    pathgauge: v.unknown(),
  }),
  v.transform((json) => ({
    /** Whether the sender is the one that reports. */
    sending: json.sender_has_retransmits !== undefined,
    streams: json.streams as readonly StreamReport[],
    /** What a Pathgauge adds, as it came: `figuresFromJson` reads it. */
    extension: json.pathgauge,
  })),
);
export type Results = Readonly<v.InferOutput<typeof RESULTS>>;

export const resultsFromJson = reader(RESULTS, 'results');

export const resultsToJson = (results: Results): JsonObject => ({
  // Load of the processor is not measured; iperf3 requires the keys.
  cpu_util_total: 0,
  cpu_util_user: 0,
  cpu_util_system: 0,
  // 0: the sender does not count them; -1: this is the receiver.
  sender_has_retransmits: results.sending ? Number(results.streams.some(countsRetransmits)) : NOT_KNOWN,
  streams: results.streams.map((stream) => ({
    id: stream.id,
    bytes: stream.bytes,
    retransmits: stream.retransmits ?? NOT_KNOWN,
    jitter: stream.jitterSeconds,
    errors: stream.errors,
    omitted_errors: 0,
    packets: stream.packets,
    omitted_packets: 0,
    start_time: stream.startSeconds,
    end_time: stream.endSeconds,
  })),
  ...(results.extension === undefined ? {} : { pathgauge: results.extension }),
});

const countsRetransmits = (stream: StreamReport): boolean => stream.retransmits !== undefined;
