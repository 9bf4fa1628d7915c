import { readU32, writeU32 } from '../bytes/integers';
import { TOKEN_BYTES } from './extension';

/** A UDP stream opens with 4 bytes and is answered with 4, so that a firewall on the way lets replies in. */
const OPEN = 0x39383736;
const OPEN_ANSWER = 0x36373839;
const OLD_OPEN = 0x15cd5b07;
const OLD_OPEN_ANSWER = 0xb168de3a;

export const OPENING_BYTES = 4;

/** The opening datagram; with a token when the extension was granted. */
export function encodeStreamOpening(token: Uint8Array | undefined): Uint8Array {
  const bytes = new Uint8Array(OPENING_BYTES + (token?.length ?? 0));
  writeU32(bytes, 0, OPEN);
  if (token !== undefined) bytes.set(token, OPENING_BYTES);
  return bytes;
}

/** The answer to an opening, and the token it carried; undefined when the datagram is no opening. */
export function decodeStreamOpening(
  bytes: Uint8Array,
): { readonly answer: Uint8Array; readonly token: Uint8Array | undefined } | undefined {
  const withToken = bytes.length === OPENING_BYTES + TOKEN_BYTES;
  if (bytes.length !== OPENING_BYTES && !withToken) return undefined;
  const opening = readU32(bytes, 0);
  // Only the current opening carries a token.
  if (opening !== OPEN && (opening !== OLD_OPEN || withToken)) return undefined;
  const answer = new Uint8Array(OPENING_BYTES);
  writeU32(answer, 0, opening === OPEN ? OPEN_ANSWER : OLD_OPEN_ANSWER);
  return { answer, token: withToken ? bytes.slice(OPENING_BYTES) : undefined };
}

/** Whether a datagram is a server's answer to an opening. */
export function isStreamOpeningAnswer(bytes: Uint8Array): boolean {
  if (bytes.length !== OPENING_BYTES) return false;
  const answer = readU32(bytes, 0);
  return answer === OPEN_ANSWER || answer === OLD_OPEN_ANSWER;
}
