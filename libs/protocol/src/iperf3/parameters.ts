import { type Decoded, decoded, invalid } from '../bytes/decoded';
import { type ExtensionRequest, extensionRequestToJson, readExtensionRequest } from './extension';
import { fieldOf, flagField, type JsonObject, numberField } from './json-schema';

export const TCP_LENGTH = { min: 1, max: 1_048_576, fallback: 131_072 } as const;
export const UDP_LENGTH = { min: 16, max: 65_507, fallback: 1460 } as const;
const MAX_STREAMS = 128;
/** iperf3's own limit on a test's duration. */
const MAX_SECONDS = 86_400;

const FLAGS = ['tcp', 'udp', 'sctp', 'reverse', 'bidirectional', 'udp_counters_64bit', 'dont_fragment'] as const;

/** What a client asks of a load test. */
export interface Parameters {
  readonly protocol: 'tcp' | 'udp';
  /** Seconds; 0 when the end is set otherwise, or by the client alone. */
  readonly timeSeconds: number;
  readonly omitSeconds: number;
  readonly parallel: number;
  readonly reverse: boolean;
  readonly bidirectional: boolean;
  /** Bytes of a block or datagram. */
  readonly length: number;
  /** Bits a second for each stream; 0 = as fast as the path takes it. */
  readonly bandwidth: number;
  readonly counters64Bit: boolean;
  /** Datagrams must not be cut into fragments. */
  readonly dontFragment: boolean;
  readonly extension: ExtensionRequest | undefined;
}

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

/** What a client's JSON asks for. Unknown keys are passed over; a key of the wrong type is an error, named. */
export function parametersFromJson(json: JsonObject): Decoded<Parameters> {
  const flags = readAll(json, FLAGS, flagField);
  if (!flags.ok) return flags;
  const {
    udp,
    sctp,
    reverse,
    bidirectional,
    udp_counters_64bit: counters64Bit,
    dont_fragment: dontFragment,
  } = flags.value;
  if (sctp) return invalid('sctp', 'is not supported');
  if (reverse && bidirectional) return invalid('reverse', 'and bidirectional exclude each other');
  const length = udp ? UDP_LENGTH : TCP_LENGTH;
  const bounds = {
    time: { min: 0, max: MAX_SECONDS, fallback: 0 },
    omit: { min: 0, max: MAX_SECONDS, fallback: 0 },
    parallel: { min: 1, max: MAX_STREAMS, fallback: 1 },
    // iperf3 writes 0 for "your default".
    len: { min: 0, max: length.max, fallback: 0 },
    // iperf3 leaves out what is 0, and tells its own default: no rate is no limit, over UDP as well (-b 0).
    bandwidth: { min: 0, max: Number.MAX_SAFE_INTEGER, fallback: 0 },
  };
  const numbers = readAll(json, ['time', 'omit', 'parallel', 'len', 'bandwidth'], (object, name) =>
    numberField(object, name, bounds[name]),
  );
  if (!numbers.ok) return numbers;
  const { time, omit, parallel, len, bandwidth } = numbers.value;
  const bytes = len === 0 ? length.fallback : len;
  // Less than a bit a second is a slip, and 0 would mean unlimited.
  if (bandwidth > 0 && bandwidth < 1) return invalid('bandwidth', 'is below 1');
  if (!Number.isInteger(parallel)) return invalid('parallel', 'is not a whole number');
  if (!Number.isInteger(bytes) || bytes < length.min) return invalid('len', `is not a whole number from ${length.min}`);
  const extension = readExtensionRequest(fieldOf(json, 'pathgauge'));
  if (!extension.ok) return extension;
  return decoded({
    protocol: udp ? 'udp' : 'tcp',
    timeSeconds: time,
    omitSeconds: omit,
    parallel,
    reverse,
    bidirectional,
    length: bytes,
    bandwidth,
    counters64Bit,
    dontFragment,
    extension: extension.value,
  });
}

/** Several fields of one kind, or the first that is wrong. */
function readAll<Name extends string, T>(
  json: JsonObject,
  names: readonly Name[],
  read: (json: JsonObject, name: Name) => Decoded<T>,
): Decoded<Record<Name, T>> {
  const values = {} as Record<Name, T>;
  for (const name of names) {
    const field = read(json, name);
    if (!field.ok) return field;
    values[name] = field.value;
  }
  return decoded(values);
}
