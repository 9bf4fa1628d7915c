import type { CpuUse, ServerOutput } from '@pathgauge/result';
import * as v from 'valibot';
import {
  COUNT,
  fields,
  type JsonObject,
  list,
  MAX_COUNT,
  nested,
  number,
  optional,
  optionalOr,
  reader,
  type Schema,
} from './json-schema';

/** Bidirectional tests have two for each of iperf3's 128. */
export const MAX_REPORTED_STREAMS = 256;
/** iperf3 3.12 writes -1 as an unsigned 64-bit number. */
const UNSIGNED_MINUS_ONE = 2 ** 64;
const NOT_KNOWN = -1;

/** iperf3's own has six. */
const MAX_OUTPUT_DEPTH = 32;

const SECONDS = number({ min: 0, max: MAX_COUNT });

/** iperf3 requires the number, also where the system does not know it. */
const COUNT_OR_UNKNOWN = v.pipe(
  number({ min: NOT_KNOWN, max: UNSIGNED_MINUS_ONE }),
  v.transform((count) => (count < 0 || count > MAX_COUNT ? undefined : count)),
);

/** More than all processors of any host; a program that has none of it reads garbage. */
const MAX_PERCENT = 1e7;
const PERCENT = optional(number({ min: 0, max: MAX_PERCENT }));

/** Linux allows 15 letters. It is printed, so it is nothing else. */
export const CONGESTION: Schema<string | undefined> = optional(
  v.pipe(v.string('is not a name'), v.regex(/^[\w.-]{1,64}$/, 'is not a name')) as Schema<string>,
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
      omitted_errors: optional(COUNT),
      omitted_packets: optional(COUNT),
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
    /** Datagrams counted as lost, by iperf3's own rule; those of the omitted time are among them. */
    errors: json.errors,
    /** Datagrams sent, or the highest number received, likewise. */
    packets: json.packets,
    /** How many of both belong to the omitted time; undefined where it is not told (3.12). `bytes` is without it. */
    omittedErrors: json.omitted_errors,
    omittedPackets: json.omitted_packets,
    startSeconds: json.start_time,
    endSeconds: json.end_time,
  })),
);
export type StreamReport = Readonly<v.InferOutput<typeof STREAM_REPORT>>;

/** What one end reports when a test is over. */
const RESULTS = v.pipe(
  fields({
    cpu_util_total: PERCENT,
    cpu_util_user: PERCENT,
    cpu_util_system: PERCENT,
    congestion_used: CONGESTION,
    server_output_text: optional(v.string('is not text') as Schema<string>),
    server_output_json: optional(nested(MAX_OUTPUT_DEPTH)),
    sender_has_retransmits: COUNT_OR_UNKNOWN,
    streams: list(STREAM_REPORT, {
      max: MAX_REPORTED_STREAMS,
      problem: 'is not a list',
      excess: `has more than ${MAX_REPORTED_STREAMS} entries`,
    }),
    pathgauge: v.unknown(),
  }),
  v.transform((json) => ({
    /** Of its host's processors, in percent of one; undefined where it does not say. */
    cpu: cpuOf(json.cpu_util_total, json.cpu_util_user, json.cpu_util_system),
    /** Of TCP: the congestion control that its sockets use. */
    congestion: json.congestion_used,
    serverOutput: serverOutputOf(json.server_output_text, json.server_output_json),
    /** Whether the one that reports sends; both ends of a bidirectional test do. */
    sending: json.sender_has_retransmits !== undefined,
    streams: json.streams as readonly StreamReport[],
    /** What a Pathgauge adds, as it came: `figuresFromJson` reads it. */
    extension: json.pathgauge,
  })),
);
export type Results = Readonly<v.InferOutput<typeof RESULTS>>;

/** An end that has run has taken something: 0 is how it says that it does not know. */
function cpuOf(total: number | undefined, user: number | undefined, system: number | undefined) {
  if (total === undefined || total === 0 || user === undefined || system === undefined) return undefined;
  return { percent: total, userPercent: user, systemPercent: system } satisfies CpuUse;
}

const serverOutputOf = (text: string | undefined, json: unknown): ServerOutput | undefined =>
  text === undefined && json === undefined ? undefined : { text, json };

export const resultsFromJson = reader(RESULTS, 'results');

export const resultsToJson = (results: Results): JsonObject => ({
  // iperf3 requires the keys, also where nothing is known.
  cpu_util_total: results.cpu?.percent ?? 0,
  cpu_util_user: results.cpu?.userPercent ?? 0,
  cpu_util_system: results.cpu?.systemPercent ?? 0,
  // 0: the sender does not count them; -1: this is the receiver.
  sender_has_retransmits: results.sending ? Number(results.streams.some(countsRetransmits)) : NOT_KNOWN,
  ...(results.congestion === undefined ? {} : { congestion_used: results.congestion }),
  ...outputToJson(results.serverOutput),
  streams: results.streams.map((stream) => ({
    id: stream.id,
    bytes: stream.bytes,
    retransmits: stream.retransmits ?? NOT_KNOWN,
    jitter: stream.jitterSeconds,
    errors: stream.errors,
    ...(stream.omittedErrors === undefined ? {} : { omitted_errors: stream.omittedErrors }),
    packets: stream.packets,
    ...(stream.omittedPackets === undefined ? {} : { omitted_packets: stream.omittedPackets }),
    start_time: stream.startSeconds,
    end_time: stream.endSeconds,
  })),
  ...(results.extension === undefined ? {} : { pathgauge: results.extension }),
});

const outputToJson = ({ text, json }: Partial<ServerOutput> = {}): JsonObject => ({
  ...(text === undefined ? {} : { server_output_text: text }),
  ...(json === undefined ? {} : { server_output_json: json }),
});

const countsRetransmits = (stream: StreamReport): boolean => stream.retransmits !== undefined;
