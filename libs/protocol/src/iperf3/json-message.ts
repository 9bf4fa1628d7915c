import { type Decoded, decoded, invalid, shortBuffer } from '../bytes/decoded';
import { readU32, writeU32 } from '../bytes/integers';
import { isObject, type JsonObject } from './json-schema';

/** A JSON message is its length as u32 big-endian, then compact UTF-8. */
export const JSON_LENGTH_BYTES = 4;
/** iperf3 refuses parameters beyond this. */
export const MAX_PARAMETERS_BYTES = 8192;
/** iperf3 has no cap on results; ours keeps a peer from filling the memory. Transit times of 128 streams take some 2.5 MB. */
export const MAX_RESULTS_BYTES = 4 * 1_048_576;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

export function encodeJsonMessage(object: JsonObject): Uint8Array {
  const body = encoder.encode(JSON.stringify(object));
  const message = new Uint8Array(JSON_LENGTH_BYTES + body.length);
  writeU32(message, 0, body.length);
  message.set(body, JSON_LENGTH_BYTES);
  return message;
}

/** The length that 4 bytes announce, when a message of that length may be read at all. */
export function decodeJsonLength(bytes: Uint8Array, longest: number): Decoded<number> {
  if (bytes.length < JSON_LENGTH_BYTES) return shortBuffer(JSON_LENGTH_BYTES, bytes.length);
  const length = readU32(bytes, 0);
  if (length === 0) return invalid('length', 'is 0');
  if (length > longest) return invalid('length', `${length} is above the limit of ${longest}`);
  return decoded(length);
}

/** The object in a body. iperf3 3.12 may end it with a NUL. */
export function decodeJsonBody(body: Uint8Array): Decoded<JsonObject> {
  const end = body.length > 0 && body[body.length - 1] === 0 ? body.length - 1 : body.length;
  try {
    const value: unknown = JSON.parse(decoder.decode(body.subarray(0, end)));
    return isObject(value) ? decoded(value) : invalid('JSON', 'is not an object');
  } catch {
    return invalid('JSON', 'cannot be read');
  }
}
