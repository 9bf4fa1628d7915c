/** First bytes of every iperf3 connection: 36 characters of a-z and 2-7, then a NUL. */
export const COOKIE_BYTES = 37;

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const CHARACTERS = COOKIE_BYTES - 1;

/** A cookie from `CHARACTERS` or more random bytes. Throws `RangeError` when there are fewer. */
export function cookieFrom(random: Uint8Array): Uint8Array {
  if (random.length < CHARACTERS) throw new RangeError(`${random.length} random bytes, ${CHARACTERS} are needed`);
  const cookie = new Uint8Array(COOKIE_BYTES);
  for (let i = 0; i < CHARACTERS; i++) cookie[i] = ALPHABET.charCodeAt((random[i] as number) % ALPHABET.length);
  return cookie;
}

/** Whether `bytes` can be the beginning of a cookie, so that a stranger is known by its first wrong byte. */
export function startsCookie(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, COOKIE_BYTES);
  for (let i = 0; i < length; i++) {
    const byte = bytes[i] as number;
    const fits = i === CHARACTERS ? byte === 0 : ALPHABET.includes(String.fromCharCode(byte));
    if (!fits) return false;
  }
  return true;
}

/** The 36 characters, for use as a key. */
export const cookieText = (cookie: Uint8Array): string => String.fromCharCode(...cookie.subarray(0, CHARACTERS));
