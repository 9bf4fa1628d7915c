import { type Decoded, decoded, invalid } from '../bytes/decoded';
import { fieldOf, isObject, type JsonObject, numberField, requiredNumber } from './json-schema';

/** Bidirectional tests have two for each of iperf3's 128. */
export const MAX_REPORTED_STREAMS = 256;
/** iperf3 3.12 writes -1 as an unsigned 64-bit number. */
const UNSIGNED_MINUS_ONE = 2 ** 64;
const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true };
const SECONDS = { min: 0, max: Number.MAX_SAFE_INTEGER };
const COUNT_OR_UNKNOWN = { min: -1, max: UNSIGNED_MINUS_ONE };

/** What iperf3 insists on for each stream. */
const REQUIRED = {
  id: COUNT,
  bytes: COUNT,
  retransmits: COUNT_OR_UNKNOWN,
  jitter: SECONDS,
  errors: COUNT,
  packets: COUNT,
} as const;

/** One stream as iperf3 reports it. */
export interface StreamReport {
  readonly id: number;
  readonly bytes: number;
  /** Undefined where the system does not tell. */
  readonly retransmits: number | undefined;
  readonly jitterSeconds: number;
  /** Datagrams counted as lost, by iperf3's own rule. */
  readonly errors: number;
  /** Datagrams sent, or the highest number received. */
  readonly packets: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What one end reports at the end of a test. */
export interface Results {
  /** Whether the end that reports is the one that sent. */
  readonly sending: boolean;
  readonly streams: readonly StreamReport[];
  /** What a Pathgauge adds, as it came: read it with its own reader. */
  readonly extension: unknown;
}

const NOT_KNOWN = -1;

export const resultsToJson = (results: Results): JsonObject => ({
  // Load of the processor is not measured; iperf3 insists on the keys.
  cpu_util_total: 0,
  cpu_util_user: 0,
  cpu_util_system: 0,
  // 0: the sender cannot tell them; -1: this is the receiver.
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

export function resultsFromJson(json: JsonObject): Decoded<Results> {
  const hasRetransmits = requiredNumber(json, 'sender_has_retransmits', COUNT_OR_UNKNOWN);
  if (!hasRetransmits.ok) return hasRetransmits;
  const sending = hasRetransmits.value >= 0 && hasRetransmits.value <= COUNT.max;
  const streams = fieldOf(json, 'streams');
  if (!Array.isArray(streams)) return invalid('streams', 'is not a list');
  if (streams.length > MAX_REPORTED_STREAMS) return invalid('streams', `has more than ${MAX_REPORTED_STREAMS} entries`);
  const reports: StreamReport[] = [];
  for (const stream of streams) {
    const report = streamFromJson(stream);
    if (!report.ok) return report;
    reports.push(report.value);
  }
  return decoded({ sending, streams: reports, extension: fieldOf(json, 'pathgauge') });
}

function streamFromJson(json: unknown): Decoded<StreamReport> {
  if (!isObject(json)) return invalid('streams', 'has an entry that is not an object');
  const values = {} as Record<keyof typeof REQUIRED, number>;
  for (const name of Object.keys(REQUIRED) as (keyof typeof REQUIRED)[]) {
    const field = requiredNumber(json, name, REQUIRED[name]);
    if (!field.ok) return field;
    values[name] = field.value;
  }
  const start = numberField(json, 'start_time', { ...SECONDS, fallback: 0 });
  if (!start.ok) return start;
  const end = numberField(json, 'end_time', { ...SECONDS, fallback: 0 });
  if (!end.ok) return end;
  const { retransmits } = values;
  return decoded({
    id: values.id,
    bytes: values.bytes,
    retransmits: retransmits < 0 || retransmits > COUNT.max ? undefined : retransmits,
    jitterSeconds: values.jitter,
    errors: values.errors,
    packets: values.packets,
    startSeconds: start.value,
    endSeconds: end.value,
  });
}
