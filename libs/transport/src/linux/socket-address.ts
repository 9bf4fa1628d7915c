import { type Endpoint, mapped, unmapped } from '../address';
import { ipv6Bytes, ipv6Text } from '../address-bytes';
import { TransportError } from '../errors';
import { AF_INET, AF_INET6 } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';

/** Room for the longest address that is used: sockaddr_in6. */
export const ADDRESS_BYTES = 28;
const INET_BYTES = 16;
/** The longest name of an interface, with the zero behind it: IF_NAMESIZE. */
const MAX_NAME_BYTES = 16;

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

/** Reads the sockaddr at `at`. With `native`, the interface that the address is on has its name. */
export function readAddress(memory: Memory, at: number, native?: Native): Endpoint {
  const { bytes } = memory;
  const port = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  if (memory.u16(at) === AF_INET) return { address: bytes.subarray(at + 4, at + 8).join('.'), port };
  return { address: scopedText(bytes.subarray(at + 8, at + 24), memory.u32(at + 24), native), port };
}

/** The 16 bytes of an address as text, with the interface `scope` where that is not 0. */
export function scopedText(bytes: Uint8Array, scope: number, native: Native | undefined): string {
  const address = unmapped(ipv6Text(bytes));
  return scope === 0 ? address : `${address}%${(native && zoneName(native, scope)) ?? scope}`;
}

/** A zone is the name of an interface, or its number. */
function zoneIndex(native: Native, zone: string): number {
  if (/^\d+$/.test(zone)) return Number(zone);
  const name = new Memory(native, zone.length + 1);
  name.bytes.set(Buffer.from(zone));
  const index = native.calls.if_nametoindex(name.address);
  if (index > 0) return index;
  throw new TransportError('ENODEV', `this host has no interface ${zone}`);
}

/** Undefined: there is no such interface any more. */
function zoneName(native: Native, index: number): string | undefined {
  const name = new Memory(native, MAX_NAME_BYTES);
  if (native.calls.if_indextoname(index, name.address) <= 0) return undefined;
  return Buffer.from(name.bytes.subarray(0, name.bytes.indexOf(0))).toString();
}
