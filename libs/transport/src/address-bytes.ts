import { isIPv6 } from 'node:net';

const GROUPS = 8;

/** The 16 bytes of an address in any of its notations. */
export function ipv6Bytes(text: string): Uint8Array {
  if (!isIPv6(text)) throw new RangeError(`${text} is not an IPv6 address`);
  // A dotted tail stands for two groups.
  const groups = text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = groups.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: GROUPS - first.length - last.length }, () => '0');
  const values = [...first, ...(tail === undefined ? [] : zeros), ...last].map((group) => Number.parseInt(group, 16));
  return Uint8Array.from(values.flatMap((value) => [value >>> 8, value & 0xff]));
}

/** RFC 5952: lower case, the longest run of zeros shortened; IPv4-mapped addresses with a dotted tail. */
export function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: GROUPS },
    (_, i) => ((bytes[2 * i] as number) << 8) | (bytes[2 * i + 1] as number),
  );
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${bytes.subarray(12).join('.')}`;
  }
  let start = -1;
  let length = 1;
  for (let i = 0; i < GROUPS; i++) {
    let end = i;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
  }
  const hex = groups.map((group) => group.toString(16));
  if (start < 0) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

/** Whether an IPv6 address means something only together with an interface: fe80::/10, and multicast that stays there. */
export function needsZone(bytes: Uint8Array): boolean {
  const [first, second] = bytes as Uint8Array & [number, number];
  if (first === 0xfe) return (second & 0xc0) === 0x80;
  return first === 0xff && ((second & 0x0f) === 1 || (second & 0x0f) === 2);
}
