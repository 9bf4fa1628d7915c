import * as v from 'valibot';
import {
  fields,
  type JsonObject,
  number,
  optional,
  optionalOr,
  reader,
  type Schema,
  withoutUndefined,
} from './json-schema';

/** The `pathgauge` extension of the iperf3 protocol: what two Pathgauges add between themselves. */
export const EXTENSION_VERSION = 1;
/**
 * `records`: framed TCP messages. `clock`: clock exchanges. `datagrams`: nanoseconds of wall time in UDP data. `alive`: the
 * receiver says four times a second that it is there. `reports`: the receiver tells each of its intervals while the load runs.
 */
export const FEATURES = ['records', 'clock', 'datagrams', 'alive', 'reports'] as const;
export type Feature = (typeof FEATURES)[number];

export const TOKEN_BYTES = 16;

const VERSION = number({ min: 1, max: Number.MAX_SAFE_INTEGER, whole: true });
/** From 10 ms, so that reports are no load of their own, to an hour. */
const REPORT_INTERVAL = number({ min: 10e6, max: 3_600e9 });
const SPAN = number({ min: 1, max: Number.MAX_SAFE_INTEGER });

/** Features that this version does not know are dropped. */
const KNOWN_FEATURES: Schema<readonly Feature[]> = v.pipe(
  v.custom<readonly unknown[]>(Array.isArray, 'pathgauge.features: is not a list'),
  v.transform((features) => FEATURES.filter((feature) => features.includes(feature))),
);

const REQUEST_FIELDS = {
  version: optionalOr(VERSION, EXTENSION_VERSION),
  features: KNOWN_FEATURES,
  /** Between messages, where `bandwidth` in whole bits a second would be too coarse; undefined: as `bandwidth` says. */
  spacingNs: optional(SPAN),
  /** Length of the load, where `time` in whole seconds would be too coarse; undefined: as `time` says. */
  durationNs: optional(SPAN),
  /** What is left out of all figures, where `omit` in whole seconds would be too coarse; undefined: as `omit` says. */
  omitNs: optional(SPAN),
  /** How often a receiver is to report, where reports are granted; undefined: as it likes. */
  reportIntervalNs: optional(REPORT_INTERVAL),
};

/** What a client asks for, in its parameters. */
export const EXTENSION_REQUEST = v.pipe(
  fields(REQUEST_FIELDS),
  v.transform((request) => withoutUndefined(request)),
);
type ExtensionRequest = v.InferOutput<typeof EXTENSION_REQUEST>;

export const extensionRequestToJson = (request: ExtensionRequest): JsonObject => ({ ...request });

/** What a server grants, in the message behind the GRANT state. */
const GRANT = v.pipe(
  fields({
    ...REQUEST_FIELDS,
    version: v.pipe(REQUEST_FIELDS.version, v.value(EXTENSION_VERSION, `is not ${EXTENSION_VERSION}`)),
    /** Random, per test: proves that a UDP stream is opened by the one who holds the control connection. */
    token: v.pipe(
      v.custom<string>((token) => typeof token === 'string' && /^[0-9a-f]{32}$/i.test(token), 'is not 32 hex digits'),
      v.transform(bytesFromHex),
    ) as Schema<Uint8Array>,
  }),
  v.transform(({ version, features, token }) => ({ version, features, token })),
);
export type Grant = Readonly<v.InferOutput<typeof GRANT>>;

export const grantFromJson = reader(GRANT, 'pathgauge');

export const grantToJson = (grant: Grant): JsonObject => ({
  version: grant.version,
  features: grant.features,
  token: [...grant.token].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  limits: {},
});

function bytesFromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: TOKEN_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16));
}
