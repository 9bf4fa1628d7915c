/** Bytes that nobody can guess. The global generator is loaded when first used; node:crypto would delay every start. */
export const randomBytes = (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count));

/** A session identifier of STAMP: 1 to 65535, 0 stands for none. */
export function randomSsid(): number {
  const [ssid] = crypto.getRandomValues(new Uint16Array(1)) as Uint16Array & [number];
  return ssid === 0 ? randomSsid() : ssid;
}
