/** An address with a port, IPv4 in its own notation even where it came in on an IPv6 socket. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export type Family = 4 | 6;

const MAPPED_PREFIX = '::ffff:';

/** IPv4 of an IPv4-mapped IPv6 address; every other address as it is. */
export const unmapped = (address: string): string =>
  address.startsWith(MAPPED_PREFIX) && address.includes('.') ? address.slice(MAPPED_PREFIX.length) : address;

export const mapped = (address: string): string => (address.includes(':') ? address : MAPPED_PREFIX + address);

/** `1.2.3.4:5` or `[::1]:5`. */
export const endpointText = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Whether it stands for all addresses of this host. */
export const isAnyAddress = (address: string): boolean => address === '::' || address === '0.0.0.0';
