import * as v from 'valibot';
import { EXTENSION_REQUEST, extensionRequestToJson } from './extension';
import { FLAG, fields, type JsonObject, number, optionalOr, reader } from './json-schema';

export const TCP_LENGTH = { min: 1, max: 1_048_576, fallback: 131_072 } as const;
export const UDP_LENGTH = { min: 16, max: 65_507, fallback: 1460 } as const;
const MAX_STREAMS = 128;
/** iperf3's own limit on a test's duration. */
const MAX_SECONDS = 86_400;
const SECONDS = optionalOr(number({ min: 0, max: MAX_SECONDS }), 0);

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
  parallel: optionalOr(number({ min: 1, max: MAX_STREAMS, whole: true }), 1),
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
    /** Bytes of a block or datagram. */
    length: json.len === 0 ? lengthOf(json).fallback : json.len,
    /** Bits a second for each stream; 0 = as fast as the path takes it. */
    bandwidth: json.bandwidth,
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
    num: 0,
    blockcount: 0,
    parallel: parameters.parallel,
    ...(parameters.reverse ? { reverse: true } : {}),
    ...(parameters.bidirectional ? { bidirectional: true } : {}),
    len: parameters.length,
    // An integer, and never the 0 that means unlimited when a slow pace was asked for.
    bandwidth: parameters.bandwidth === 0 ? 0 : Math.max(1, Math.round(parameters.bandwidth)),
    pacing_timer: 1000,
    ...(parameters.dontFragment ? { dont_fragment: 1 } : {}),
    ...(parameters.counters64Bit ? { udp_counters_64bit: 1 } : {}),
    client_version: '3.12',
    ...(extension === undefined ? {} : { pathgauge: extensionRequestToJson(extension) }),
  };
}
