import { isIPv4 } from 'node:net';
import type { Endpoint } from '../address';
import { ipv6Bytes } from '../address-bytes';
import { cellsOf, procNet } from './proc-net';

// Linux lists its UDP sockets here, each with what it dropped for want of room in the socket's buffer.
const TABLES = ['udp', 'udp6'];
const LOCAL_ADDRESS = 1;

/** What the system dropped at the UDP socket that is bound to `local`; undefined where it does not tell. */
export function droppedAt(local: Endpoint): number | undefined {
  const found = TABLES.flatMap((name) => dropsIn(procNet(name), local));
  // Two sockets that cannot be told apart: rather no count than another's.
  return found.length === 1 ? found[0] : undefined;
}

/** The drops of each socket in such a table that may be the one bound to `local`. */
export function dropsIn(table: string, local: Endpoint): number[] {
  const port = hex(local.port, 4);
  return cellsOf(table)
    .slice(1)
    .filter((cells) => {
      const [address, ofPort] = (cells[LOCAL_ADDRESS] ?? '').split(':');
      return ofPort === port && mayBe(address as string, local.address);
    })
    .map((cells) => Number(cells.at(-1)));
}

/** Addresses stand there as words of 32 bits in the host's byte order (little-endian), without the interface. */
function mayBe(listed: string, address: string): boolean {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : [...ipv6Bytes(address.split('%', 1)[0] as string)];
  const words = Array.from({ length: bytes.length / 4 }, (_, word) => bytes.slice(4 * word, 4 * word + 4).reverse());
  return listed === words.map((word) => word.map((byte) => hex(byte, 2)).join('')).join('');
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
