import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type Family, unmapped } from './address';
import { TransportError, transportError } from './errors';

/** Of a name with more addresses than these, the first ones are tried. */
export const MAX_ADDRESSES = 8;

/** The addresses of a host, in the order to try them, each once; throws `TransportError` when there are none. */
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
    return inOrderOfTrial(found.map(({ address }) => address));
  } catch (error) {
    throw transportError(`cannot find ${host}`, error);
  }
}

/**
 * Each address once, the families in turn, so that one of them that leads nowhere costs one try and not all of its addresses'
 * (RFC 8305 section 4). `MAX_ADDRESSES` at the most.
 */
export function inOrderOfTrial(found: readonly string[]): readonly string[] {
  const all = [...new Set(found.map(unmapped))];
  const [first] = all;
  const like = all.filter((address) => isIP(address) === isIP(first as string));
  const other = all.filter((address) => isIP(address) !== isIP(first as string));
  const turns = all.flatMap((_, i) => [like[i], other[i]]);
  return turns.filter((address) => address !== undefined).slice(0, MAX_ADDRESSES);
}

/** Whether the address is one of this host's own. */
export function isOwnAddress(address: string): boolean {
  const [plain] = address.split('%');
  if (plain?.startsWith('127.')) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((entry) => entry.address === plain));
}
