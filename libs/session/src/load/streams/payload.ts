/** The digit 0. */
const ZERO = 0x30;

/**
 * Fills a payload with bytes that no link on the way can compress: a xorshift generator from a fixed seed. `repeats`: with
 * digits that any link can.
 */
export function fillPayload(bytes: Uint8Array, repeats: boolean): Uint8Array {
  if (repeats) {
    for (let i = 0; i < bytes.length; i++) bytes[i] = ZERO + (i % 10);
    return bytes;
  }
  let state = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}
