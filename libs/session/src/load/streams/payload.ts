/** Fills a payload with bytes that no link on the way can compress: a xorshift generator from a fixed seed. */
export function fillPayload(bytes: Uint8Array): Uint8Array {
  let state = 0x9e3779b9;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}
