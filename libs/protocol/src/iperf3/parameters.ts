import * as v from 'valibot';
import { EXTENSION_REQUEST, extensionRequestToJson } from './extension';
import {
  COUNT,
  FLAG,
  fields,
  type JsonObject,
  MAX_COUNT,
  number,
  optional,
  optionalOr,
  reader,
  type Schema,
  text,
  withoutUndefined,
} from './json-schema';
import { TCP_LENGTH, UDP_LENGTH } from './limits';

const SECONDS = optionalOr(number({ min: 0, max: MAX_COUNT }), 0);
/** iperf3 leaves out what is not asked for, or writes 0. */
const ASKED: Schema<number | undefined> = v.pipe(
  optionalOr(COUNT, 0),
  v.transform((count) => (count === 0 ? undefined : count)),
);
const MAX_NAME = 256;
/** RSA with 16,384 bits takes 2,732 characters of base64. */
const MAX_TOKEN = 4096;

/**
 * Unknown keys are passed over; a key of the wrong type is an error, named. How much of something a server allows is not asked here:
 * it has a code for each.
 */
const FIELDS = fields({
  tcp: FLAG,
  udp: FLAG,
  sctp: FLAG,
  reverse: FLAG,
  bidirectional: FLAG,
  udp_counters_64bit: FLAG,
  dont_fragment: FLAG,
  time: SECONDS,
  omit: SECONDS,
  num: ASKED,
  blockcount: ASKED,
  parallel: optionalOr(number({ min: 1, max: MAX_COUNT, whole: true }), 1),
  burst: ASKED,
  fqrate: ASKED,
  MSS: ASKED,
  nodelay: FLAG,
  window: ASKED,
  congestion: optional(text(MAX_NAME)),
  TOS: optional(COUNT),
  flowlabel: ASKED,
  repeating_payload: FLAG,
  get_server_output: FLAG,
  authtoken: optional(text(MAX_TOKEN)),
  len: ASKED,
  // iperf3 leaves out what is 0, and writes its own default. So no rate means no limit, over UDP as well (-b 0).
  bandwidth: v.pipe(
    optionalOr(number({ min: 0, max: MAX_COUNT }), 0),
    // Less than a bit a second is a mistake, and rounded to 0 it would mean unlimited.
    v.check((bandwidth) => bandwidth === 0 || bandwidth >= 1, 'is below 1'),
  ),
  pathgauge: v.optional(EXTENSION_REQUEST),
});

/** What a client asks of a load test. What only changes how it sends (zerocopy, gso and the like) is passed over. */
const PARAMETERS = v.pipe(
  FIELDS,
  v.transform((json) => ({
    protocol: json.udp ? ('udp' as const) : ('tcp' as const),
    /** It is neither of them that is asked for. */
    sctp: json.sctp,
    /** Seconds; 0 when the end is set otherwise, or by the client alone. */
    timeSeconds: json.time,
    omitSeconds: json.omit,
    parallel: json.parallel,
    reverse: json.reverse,
    bidirectional: json.bidirectional,
    /** Of all streams of a direction together; undefined: no such end. */
    bytes: json.num,
    /** The same in blocks. */
    blocks: json.blockcount,
    /** Bytes of a block or datagram. */
    length: json.len ?? (json.udp ? UDP_LENGTH : TCP_LENGTH).fallback,
    /** Bits a second for each stream; 0 = as fast as the path takes it. */
    bandwidth: json.bandwidth,
    /** Messages that leave together. */
    burst: json.burst ?? 1,
    /** What the system is to pace each stream to. */
    pacingBitsPerSecond: json.fqrate,
    windowBytes: json.window,
    mssBytes: json.MSS,
    congestion: json.congestion,
    noDelay: json.nodelay,
    /** The octet that packets are marked with. */
    trafficClass: json.TOS,
    /** Of IPv6. */
    flowLabel: json.flowlabel,
    /** The payload may be compressed on the way. */
    repeatingPayload: json.repeating_payload,
    /** The server's own account of the test is asked for. */
    getServerOutput: json.get_server_output,
    /** Who the client is, under the server's public key. */
    authToken: json.authtoken,
    counters64Bit: json.udp_counters_64bit,
    /** Datagrams must not be cut into fragments. */
    dontFragment: json.dont_fragment,
    extension: json.pathgauge,
  })),
);
export type Parameters = Readonly<v.InferOutput<typeof PARAMETERS>>;

export const parametersFromJson = reader(PARAMETERS, 'parameters');

/** The JSON that iperf3 reads. What iperf3 leaves out where it is not asked for is left out. */
export function parametersToJson(parameters: Parameters): JsonObject {
  const { extension, burst } = parameters;
  return withoutUndefined({
    [parameters.sctp ? 'sctp' : parameters.protocol]: true,
    omit: parameters.omitSeconds,
    time: parameters.timeSeconds,
    num: parameters.bytes ?? 0,
    blockcount: parameters.blocks ?? 0,
    MSS: parameters.mssBytes,
    nodelay: parameters.noDelay || undefined,
    parallel: parameters.parallel,
    reverse: parameters.reverse || undefined,
    bidirectional: parameters.bidirectional || undefined,
    window: parameters.windowBytes,
    len: parameters.length,
    // Never the 0 that means unlimited when a slow pace was asked for.
    bandwidth: parameters.bandwidth === 0 ? 0 : wholeRate(parameters.bandwidth),
    fqrate: parameters.pacingBitsPerSecond === undefined ? undefined : wholeRate(parameters.pacingBitsPerSecond),
    pacing_timer: 1000,
    burst: burst === 1 ? undefined : burst,
    TOS: parameters.trafficClass,
    flowlabel: parameters.flowLabel,
    congestion: parameters.congestion,
    get_server_output: parameters.getServerOutput ? 1 : undefined,
    udp_counters_64bit: parameters.counters64Bit ? 1 : undefined,
    repeating_payload: parameters.repeatingPayload ? 1 : undefined,
    dont_fragment: parameters.dontFragment ? 1 : undefined,
    authtoken: parameters.authToken,
    client_version: '3.12',
    pathgauge: extension === undefined ? undefined : extensionRequestToJson(extension),
  });
}

/** An integer, and never 0. */
const wholeRate = (rate: number): number => Math.max(1, Math.round(rate));
