import { type Decoded, decoded, invalid } from '../bytes/decoded';
import type { IcmpKind } from '../icmp/icmp';
import { allNumbers, fieldOf, isObject, type JsonObject, optionalNumber } from './json-schema';

/** Bytes of a packet, headers included; `from`: the router that said so, if one did. */
export interface PathMtuFigures {
  readonly bytes: number;
  readonly from: string | undefined;
}

/** One ICMP message from one router, and how often it came. */
export interface IcmpFigures extends IcmpKind {
  /** An address; undefined where the system does not tell. */
  readonly from: string | undefined;
  /** Where a packet was too big: what the next link takes. Undefined where the router does not say so. */
  readonly mtuBytes: number | undefined;
  readonly count: number;
}

const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER, whole: true };
const OCTET = { min: 0, max: 255, whole: true };
/** More than any end tells of. */
const MAX_ICMP_TOLD = 32;
const ADDRESS = /^[0-9a-f.:]{2,45}(%[\w.-]{1,15})?$/i;

export function pathMtuFromJson(json: JsonObject): Decoded<PathMtuFigures> {
  const bytes = allNumbers(json, { bytes: COUNT });
  if (!bytes.ok) return bytes;
  const from = addressFromJson(json);
  return from.ok ? decoded({ ...bytes.value, from: from.value }) : from;
}

export function icmpFromJson(json: unknown): Decoded<readonly IcmpFigures[] | undefined> {
  if (json === undefined || json === null) return decoded(undefined);
  if (!Array.isArray(json) || json.length > MAX_ICMP_TOLD) return invalid('icmp', 'is not a list');
  const messages: IcmpFigures[] = [];
  for (const entry of json) {
    const message = isObject(entry)
      ? icmpMessageFromJson(entry)
      : invalid('icmp', 'has an entry that is not an object');
    if (!message.ok) return message;
    messages.push(message.value);
  }
  return decoded(messages);
}

function icmpMessageFromJson(json: JsonObject): Decoded<IcmpFigures> {
  const version = fieldOf(json, 'version');
  if (version !== 4 && version !== 6) return invalid('icmp.version', 'is not 4 or 6');
  const numbers = allNumbers(json, { type: OCTET, code: OCTET, count: COUNT });
  if (!numbers.ok) return numbers;
  const mtu = optionalNumber(json, 'mtuBytes', COUNT);
  if (!mtu.ok) return mtu;
  const from = addressFromJson(json);
  return from.ok ? decoded({ ...numbers.value, version, mtuBytes: mtu.value, from: from.value }) : from;
}

/** What is printed must not be more than an address, whoever tells it. */
function addressFromJson(json: JsonObject): Decoded<string | undefined> {
  const from = fieldOf(json, 'from');
  if (from === undefined || from === null) return decoded(undefined);
  return typeof from === 'string' && ADDRESS.test(from) ? decoded(from) : invalid('from', 'is not an address');
}
