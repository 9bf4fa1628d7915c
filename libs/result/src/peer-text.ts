import type { MeasuredPeer } from './run';

/**
 * A peer in a line of text: `192.0.2.1:5`, `[2001:db8::1]:5`, or where it was called by a name
 * `name (192.0.2.1, port 5)`; of a name whose address is not known `name port 5`.
 */
export function peerText({ host, address, port }: Pick<MeasuredPeer, 'host' | 'address' | 'port'>): string {
  if (address === undefined) return `${host} port ${port}`;
  if (host !== address) return `${host} (${address}, port ${port})`;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
