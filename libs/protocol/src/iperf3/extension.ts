import { type Decoded, decoded, invalid } from '../bytes/decoded';
import { fieldOf, isObject, type JsonObject, numberField } from './json-schema';

/** The `pathgauge` extension of the iperf3 protocol: what two Pathgauges add between themselves. */
export const EXTENSION_VERSION = 1;
/**
 * `records`: framed TCP messages. `clock`: clock exchanges. `datagrams`: nanoseconds of wall time in UDP data. `alive`: the end
 * that receives says four times a second that it is there.
 */
export const FEATURES = ['records', 'clock', 'datagrams', 'alive'] as const;
export type Feature = (typeof FEATURES)[number];

export const TOKEN_BYTES = 16;

/** What a client asks for, in its parameters. */
export interface ExtensionRequest {
  readonly version: number;
  readonly features: readonly Feature[];
  /** Between messages, where `bandwidth` in whole bits a second would be too coarse; undefined: as `bandwidth` says. */
  readonly spacingNs?: number | undefined;
  /** Length of the load, where `time` in whole seconds would be too coarse; undefined: as `time` says. */
  readonly durationNs?: number | undefined;
}

const SPAN = { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: Number.NaN };

/** What a server grants, in the message behind the GRANT state. */
export interface Grant extends ExtensionRequest {
  /** Random, per test: proves that a UDP stream is opened by the one who holds the control connection. */
  readonly token: Uint8Array;
}

/** The request in a client's parameters; undefined when there is none. Features this version does not know are dropped. */
export function readExtensionRequest(value: unknown): Decoded<ExtensionRequest | undefined> {
  if (value === undefined) return decoded(undefined);
  if (!isObject(value)) return invalid('pathgauge', 'is not an object');
  const version = numberField(value, 'version', { min: 1, max: Number.MAX_SAFE_INTEGER, fallback: 1 });
  if (!version.ok) return version;
  if (!Number.isInteger(version.value)) return invalid('version', 'is not a whole number');
  const features = fieldOf(value, 'features');
  if (!Array.isArray(features)) return invalid('pathgauge.features', 'is not a list');
  const spacing = numberField(value, 'spacingNs', SPAN);
  if (!spacing.ok) return spacing;
  const duration = numberField(value, 'durationNs', SPAN);
  if (!duration.ok) return duration;
  return decoded({
    version: version.value,
    features: FEATURES.filter((feature) => features.includes(feature)),
    ...(Number.isNaN(spacing.value) ? {} : { spacingNs: spacing.value }),
    ...(Number.isNaN(duration.value) ? {} : { durationNs: duration.value }),
  });
}

export const extensionRequestToJson = ({ version, features, spacingNs, durationNs }: ExtensionRequest): JsonObject => ({
  version,
  features,
  ...(spacingNs === undefined ? {} : { spacingNs }),
  ...(durationNs === undefined ? {} : { durationNs }),
});

export const grantToJson = (grant: Grant): JsonObject => ({
  version: grant.version,
  features: grant.features,
  token: [...grant.token].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  limits: {},
});

export function grantFromJson(json: JsonObject): Decoded<Grant> {
  const request = readExtensionRequest(json);
  if (!request.ok) return request;
  if (request.value?.version !== EXTENSION_VERSION) return invalid('version', `is not ${EXTENSION_VERSION}`);
  const token = fieldOf(json, 'token');
  if (typeof token !== 'string' || !/^[0-9a-f]{32}$/i.test(token)) return invalid('token', 'is not 32 hex digits');
  const bytes = Uint8Array.from({ length: TOKEN_BYTES }, (_, i) => Number.parseInt(token.slice(2 * i, 2 * i + 2), 16));
  return decoded({ version: EXTENSION_VERSION, features: request.value.features, token: bytes });
}
