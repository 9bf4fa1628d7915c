import { isIPv6 } from 'node:net';
import { type Endpoint, mapped, unmapped } from '../address';
import { AF_INET, AF_INET6 } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';

/** Room for the longest address that is used: sockaddr_in6. */
export const ADDRESS_BYTES = 28;
const INET_BYTES = 16;
const GROUPS = 8;

/** Writes a sockaddr at `at`; returns its length. In IPv6 notation for a socket of that family, whatever the address is. */
export function writeAddress(native: Native, memory: Memory, at: number, to: Endpoint, family: 4 | 6): number {
  const { bytes } = memory;
  bytes.fill(0, at, at + ADDRESS_BYTES);
  // The port stands in network byte order.
  bytes[at + 2] = to.port >>> 8;
  bytes[at + 3] = to.port;
  if (family === 4) {
    memory.setU16(at, AF_INET);
    bytes.set(to.address.split('.').map(Number), at + 4);
    return INET_BYTES;
  }
  memory.setU16(at, AF_INET6);
  const [plain = '', zone] = mapped(to.address).split('%');
  bytes.set(ipv6Bytes(plain), at + 8);
  if (zone !== undefined) memory.setU32(at + 24, zoneIndex(native, zone));
  return ADDRESS_BYTES;
}

/** Reads the sockaddr at `at`. */
export function readAddress(memory: Memory, at: number): Endpoint {
  const { bytes } = memory;
  const port = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  if (memory.u16(at) === AF_INET) return { address: bytes.subarray(at + 4, at + 8).join('.'), port };
  const scope = memory.u32(at + 24);
  const address = unmapped(ipv6Text(bytes.subarray(at + 8, at + 24)));
  return { address: scope === 0 ? address : `${address}%${scope}`, port };
}

/** A zone is the name of an interface, or its number. */
function zoneIndex(native: Native, zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const name = new Memory(native, zone.length + 1);
  name.bytes.set(Buffer.from(zone));
  return native.calls.if_nametoindex(name.address);
}

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
