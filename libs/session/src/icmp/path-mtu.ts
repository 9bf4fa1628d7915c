import type { PathMtuFigures } from '@pathgauge/protocol';
import type { PathMtu } from '@pathgauge/result';
import type { IcmpReport } from './icmp-log';
import type { SentDatagrams } from './icmp-text';
import { headersOf, MIN_MTU_BYTES } from './packet-size';

/**
 * What the path takes in one piece: what the system takes it to be, or the least that a router has called its MTU, with who said so.
 * Undefined where neither is known.
 */
export function knownPathMtu(
  systemBytes: number | undefined,
  heard: readonly IcmpReport[],
): PathMtuFigures | undefined {
  let least: PathMtuFigures | undefined =
    systemBytes === undefined ? undefined : { bytes: systemBytes, from: undefined };
  for (const { icmp } of heard) {
    const bytes = icmp?.mtuBytes;
    if (bytes === undefined || bytes < MIN_MTU_BYTES) continue;
    if (least === undefined || bytes <= least.bytes) least = { bytes, from: icmp?.from };
  }
  return least;
}

/**
 * As the document has it, of datagrams of which `received` arrived. A system remembers for ten minutes what a router has said: what
 * arrived and could not be cut has fitted all the same.
 */
export function pathMtuOf(
  known: PathMtuFigures | undefined,
  { lengthBytes, peer, dontFragment }: SentDatagrams,
  received: number,
): PathMtu | undefined {
  if (known === undefined) return undefined;
  const headers = headersOf(peer.address);
  const hasFitted = dontFragment && received > 0 && known.from === undefined;
  const bytes = hasFitted ? Math.max(known.bytes, lengthBytes + headers) : known.bytes;
  return { bytes, payloadBytes: Math.max(0, bytes - headers), from: known.from };
}
