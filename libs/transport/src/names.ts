import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Family } from './address';
import { TransportError, transportError } from './errors';

/** The addresses of a host, in the order to try them; throws `TransportError` when there are none. */
export async function resolve(host: string, family: Family | undefined): Promise<readonly string[]> {
  const written = isIP(host);
  if (written !== 0) {
    if (family !== undefined && family !== written) {
      throw new TransportError('EAFNOSUPPORT', `${host} is not an IPv${family} address`);
    }
    return [host];
  }
  try {
    const found = await lookup(host, { all: true, verbatim: true, family: family ?? 0 });
    return found.map(({ address }) => address);
  } catch (error) {
    throw transportError(`cannot find ${host}`, error);
  }
}

/** Whether the address is one of this host's own. */
export function isOwnAddress(address: string): boolean {
  const [plain] = address.split('%');
  if (plain?.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === plain));
}
