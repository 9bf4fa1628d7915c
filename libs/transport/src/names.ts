import { lookup } from 'node:dns/promises';
import { isIP, isIPv4, isIPv6 } from 'node:net';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { type Endpoint, type Family, unmapped } from './address';
import { ipv6Bytes, ipv6Text, needsZone } from './address-bytes';
import { TransportError, transportError } from './errors';
import type { DatagramOptions } from './sockets';

/** Of a name with more addresses than these, the first ones are tried. */
export const MAX_ADDRESSES = 8;

/** The addresses of a host, in the order to try them, each once; throws `TransportError` when there are none. */
export async function resolve(host: string, family: Family | undefined): Promise<readonly string[]> {
  if (isIP(withoutZone(host)) !== 0) {
    const address = canonicalAddress(host);
    if (family !== undefined && family !== isIP(address)) {
      throw new TransportError('EAFNOSUPPORT', `${host} is not an IPv${family} address`);
    }
    return [address];
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

/**
 * An address in the one notation that is used inside: RFC 5952, IPv4 for an IPv4-mapped one, the zone of a link-local one
 * by the name of its interface, and no zone where it means nothing (RFC 4007 section 6). Throws `TransportError` where
 * this host has no such interface, none is named and one is needed, or one is named behind an IPv4 address. What is no address
 * is returned as it is.
 */
export function canonicalAddress(text: string): string {
  const plain = withoutZone(text);
  if (isIPv4(plain) && plain !== text) {
    throw new TransportError('EINVAL', `${text}: an IPv4 address has no interface behind it; write ${plain}`);
  }
  if (!isIPv6(plain)) return text;
  const bytes = ipv6Bytes(plain);
  const address = unmapped(ipv6Text(bytes));
  const zone = zoneOf(text);
  if (zone === undefined) {
    if (!needsZone(bytes)) return address;
    throw new TransportError('EINVAL', `${text} needs the interface that it is on, as in ${address}%eth0`);
  }
  const found = interfaceOf(zone);
  if (!needsZone(bytes)) {
    if (found === undefined && !isNumber(zone)) throw unknownZone(text, zone);
    return address;
  }
  if (found === undefined || found.index === 0) throw unknownZone(text, zone);
  const scoped = `${address}%${found.name}`;
  if (isIP(scoped) !== 0) return scoped;
  throw new TransportError('EINVAL', `${text}: Node cannot use an interface of the name ${found.name}`);
}

export const canonicalEndpoint = ({ address, port }: Endpoint): Endpoint => ({
  address: canonicalAddress(address),
  port,
});

/** The same options, with the own address in that notation. */
export const canonicalOptions = (options: DatagramOptions): DatagramOptions =>
  options.bind?.address === undefined
    ? options
    : { ...options, bind: { ...options.bind, address: canonicalAddress(options.bind.address) } };

/** Whether two addresses are one: their bytes and the interface that they are on, in whatever notation. */
export const isSameAddress = (one: string, other: string): boolean => one === other || keyOf(one) === keyOf(other);

/** Whether the address is one of this host's own, on the interface that it is said to be on. */
export function isOwnAddress(address: string): boolean {
  const asked = keyOf(address);
  if (asked.startsWith('127.')) return true;
  return interfaces().some(([name, list]) => list?.some((entry) => keyOn(entry.address, name) === asked));
}

/** An address of this host that sockets can be bound to. */
export interface OwnAddress {
  /** The same for as long as it is the same address on the same interface. */
  readonly key: string;
  readonly address: string;
}

/** This host's addresses, each once. Throws where the system does not tell. */
export function ownAddresses(): readonly OwnAddress[] {
  const all = Object.entries(networkInterfaces()).flatMap(([name, list]) =>
    (list ?? []).map((entry): OwnAddress => {
      const scope = entry.family === 'IPv6' ? entry.scopeid : 0;
      return { key: `${entry.address}%${scope}`, address: scope === 0 ? entry.address : `${entry.address}%${name}` };
    }),
  );
  const usable = all.filter(({ address }) => isIP(address) !== 0);
  return [...new Map(usable.map((each) => [each.key, each])).values()];
}

/** What addresses are compared by. */
function keyOf(text: string): string {
  const plain = withoutZone(text);
  const zone = zoneOf(text);
  if (zone === undefined || !isIPv6(plain) || !needsZone(ipv6Bytes(plain))) return keyOn(plain, undefined);
  return keyOn(plain, interfaceOf(zone)?.name ?? zone);
}

/** The same of an address without its zone, on the interface of that name. */
function keyOn(plain: string, name: string | undefined): string {
  if (!isIPv6(plain)) return plain;
  const bytes = ipv6Bytes(plain);
  const address = unmapped(ipv6Text(bytes));
  return needsZone(bytes) && name !== undefined ? `${address}%${name}` : address;
}

/** The interface of that name, else of that number. The number is 0 where it has no link-local address. */
function interfaceOf(zone: string): { readonly name: string; readonly index: number } | undefined {
  const all = interfaces().map(([name, list]) => ({
    name,
    index: Math.max(0, ...(list ?? []).map((entry) => (entry.family === 'IPv6' ? entry.scopeid : 0))),
  }));
  return all.find(({ name }) => name === zone) ?? all.find(({ index }) => isNumber(zone) && index === Number(zone));
}

/** None where the system does not tell, as when there are too many open files. */
function interfaces(): [name: string, list: readonly NetworkInterfaceInfo[] | undefined][] {
  try {
    return Object.entries(networkInterfaces());
  } catch {
    return [];
  }
}

const isNumber = (zone: string): boolean => /^[1-9]\d*$/.test(zone);

const withoutZone = (text: string): string => text.split('%', 1)[0] as string;

function zoneOf(text: string): string | undefined {
  const at = text.indexOf('%');
  return at < 0 ? undefined : text.slice(at + 1);
}

const unknownZone = (text: string, zone: string): TransportError =>
  new TransportError('ENODEV', `${text}: this host has no interface ${zone} that is up and has a link-local address`);
