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
  text,
} from './json-schema';

export const TCP_LENGTH = { min: 1, max: 1_048_576, fallback: 131_072 } as const;
export const UDP_LENGTH = { min: 16, max: 65_507, fallback: 1460 } as const;
/** iperf3's own limit on a test's duration. */
const MAX_SECONDS = 86_400;
const SECONDS = optionalOr(number({ min: 0, max: MAX_SECONDS }), 0);

/** 0, or left out: nothing is asked for. */
const AMOUNT = v.pipe(
  optionalOr(COUNT, 0),
  v.transform((count) => (count === 0 ? undefined : count)),
);
const MAX_TEXT = 256;

const lengthOf = ({ udp }: { readonly udp: boolean }) => (udp ? UDP_LENGTH : TCP_LENGTH);

/** Unknown keys are passed over; a key of the wrong type is an error, named. */
const FIELDS = fields({
  tcp: FLAG,
  udp: FLAG,
  sctp: v.pipe(FLAG, v.value(false, 'is not supported')),
  reverse: FLAG,
  bidirectional: FLAG,
  udp_counters_64bit: FLAG,
  dont_fragment: FLAG,
  time: SECONDS,
  omit: SECONDS,
  num: AMOUNT,
  blockcount: AMOUNT,
  // What a server allows of these is another question.
  parallel: optionalOr(number({ min: 1, max: MAX_COUNT, whole: true }), 1),
  burst: AMOUNT,
  fqrate: AMOUNT,
  MSS: AMOUNT,
  nodelay: FLAG,
  window: AMOUNT,
  congestion: optional(text(MAX_TEXT)),
  TOS: optional(COUNT),
  // iperf3 writes 0 for "your default". The limits depend on the protocol.
  len: optionalOr(number({}), 0),
  // iperf3 leaves out what is 0, and writes its own default. So no rate means no limit, over UDP as well (-b 0).
  bandwidth: v.pipe(
    optionalOr(number({ min: 0, max: Number.MAX_SAFE_INTEGER }), 0),
    // Less than a bit a second is a mistake, and rounded to 0 it would mean unlimited.
    v.check((bandwidth) => bandwidth === 0 || bandwidth >= 1, 'is below 1'),
  ),
  pathgauge: v.optional(EXTENSION_REQUEST),
});

/** What a client asks of a load test. */
const PARAMETERS = v.pipe(
  FIELDS,
  v.check(({ reverse, bidirectional }) => !(reverse && bidirectional), 'reverse: and bidirectional exclude each other'),
  v.check(
    (json) => json.len >= 0 && json.len <= lengthOf(json).max,
    ({ input }) => `len: is not within 0..${lengthOf(input).max}`,
  ),
  v.check(
    (json) => json.len === 0 || (Number.isInteger(json.len) && json.len >= lengthOf(json).min),
    ({ input }) => `len: is not a whole number from ${lengthOf(input).min}`,
  ),
  v.transform((json) => ({
    protocol: json.udp ? ('udp' as const) : ('tcp' as const),
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
    length: json.len === 0 ? lengthOf(json).fallback : json.len,
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
    counters64Bit: json.udp_counters_64bit,
    /** Datagrams must not be cut into fragments. */
    dontFragment: json.dont_fragment,
    extension: json.pathgauge,
  })),
);
export type Parameters = Readonly<v.InferOutput<typeof PARAMETERS>>;

export const parametersFromJson = reader(PARAMETERS, 'parameters');

/** The JSON that iperf3 reads. */
export function parametersToJson(parameters: Parameters): JsonObject {
  const { extension } = parameters;
  return {
    [parameters.protocol]: true,
    omit: parameters.omitSeconds,
    time: parameters.timeSeconds,
    num: parameters.bytes ?? 0,
    blockcount: parameters.blocks ?? 0,
    parallel: parameters.parallel,
    ...(parameters.reverse ? { reverse: true } : {}),
    ...(parameters.bidirectional ? { bidirectional: true } : {}),
    len: parameters.length,
    // An integer, and never the 0 that means unlimited when a slow pace was asked for.
    bandwidth: parameters.bandwidth === 0 ? 0 : Math.max(1, Math.round(parameters.bandwidth)),
    pacing_timer: 1000,
    ...(parameters.burst === 1 ? {} : { burst: parameters.burst }),
    ...(parameters.pacingBitsPerSecond === undefined
      ? {}
      : { fqrate: Math.max(1, Math.round(parameters.pacingBitsPerSecond)) }),
    ...(parameters.mssBytes === undefined ? {} : { MSS: parameters.mssBytes }),
    ...(parameters.noDelay ? { nodelay: true } : {}),
    ...(parameters.windowBytes === undefined ? {} : { window: parameters.windowBytes }),
    ...(parameters.congestion === undefined ? {} : { congestion: parameters.congestion }),
    ...(parameters.trafficClass === undefined ? {} : { TOS: parameters.trafficClass }),
    ...(parameters.dontFragment ? { dont_fragment: 1 } : {}),
    ...(parameters.counters64Bit ? { udp_counters_64bit: 1 } : {}),
    client_version: '3.12',
    ...(extension === undefined ? {} : { pathgauge: extensionRequestToJson(extension) }),
  };
}
