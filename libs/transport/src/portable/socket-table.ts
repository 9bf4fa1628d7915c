import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import type { Endpoint } from '../address';

// Linux lists its UDP sockets here, each with what it dropped for want of room in the socket's buffer.
const TABLES = ['/proc/net/udp', '/proc/net/udp6'];
const LOCAL_ADDRESS = 1;

/** What the system dropped at the UDP socket that is bound to `local`; undefined where it does not tell. */
export function droppedAt(local: Endpoint): number | undefined {
  const found = TABLES.flatMap((path) => dropsIn(tableAt(path), local));
  // Two sockets that cannot be told apart: rather no count than another's.
  return found.length === 1 ? found[0] : undefined;
}

/** The drops of each socket in such a table that may be the one bound to `local`. */
export function dropsIn(table: string, local: Endpoint): number[] {
  const port = hex(local.port, 4);
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((cells) => {
      const [address, ofPort] = (cells[LOCAL_ADDRESS] ?? '').split(':');
      return ofPort === port && mayBe(address as string, local.address);
    })
    .map((cells) => Number(cells.at(-1)));
}

/** IPv4 addresses stand there in the host's byte order (little-endian); those of IPv6 are not looked at. */
function mayBe(listed: string, address: string): boolean {
  const isIpv4 = isIPv4(address);
  if (listed.length !== 8) return !isIpv4;
  if (!isIpv4) return false;
  return (
    listed ===
    address
      .split('.')
      .reverse()
      .map((byte) => hex(Number(byte), 2))
      .join('')
  );
}

const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');

function tableAt(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
