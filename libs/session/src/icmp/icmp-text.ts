import { icmpName, isPortUnreachable, isTooBig, isTtlExceeded } from '@pathgauge/protocol';
import { type Direction, type IcmpCount, NOBODY_LISTENS } from '@pathgauge/result';
import { codeOf, type Endpoint, endpointText, type IcmpMessage, isSameAddress, sendError } from '@pathgauge/transport';
import { FURTHER, type IcmpReport } from './icmp-log';
import { headersOf, MIN_MTU_BYTES } from './packet-size';

/** The datagrams that something was said of. */
export interface SentDatagrams {
  /** UDP payload. */
  readonly lengthBytes: number;
  readonly peer: Endpoint;
  readonly dontFragment: boolean;
}

/** What was heard of datagrams, in words. */
export function icmpText({ error, icmp }: Omit<IcmpReport, 'count'>, sent: SentDatagrams): string {
  if (icmp !== undefined) return messageText(icmp, sent);
  if (error === FURTHER) return 'further ICMP messages, of more kinds or routers than are told apart';
  if (error === 'EMSGSIZE') return `${tooLarge(sent, undefined)}${cutText(sent)}`;
  if (error === 'ECONNREFUSED') return nobodyListens(sent);
  return sendError(`sending to ${endpointText(sent.peer)}`, { code: error }).message;
}

function messageText(icmp: IcmpMessage, sent: SentDatagrams): string {
  const { from } = icmp;
  const says = from === undefined ? '' : `, says ${from}`;
  if (isTooBig(icmp)) return `${tooLarge(sent, icmp.mtuBytes)}${says}${cutText(sent)}`;
  if (isPortUnreachable(icmp) && isPeer(from, sent.peer)) return nobodyListens(sent);
  if (isTtlExceeded(icmp)) return `${icmpName(icmp)}${from === undefined ? '' : ` at ${from}`}`;
  return `${icmpName(icmp)}${says}`;
}

/** Why one datagram was lost, in fewer words. */
export function causeText({ error, icmp }: Omit<IcmpReport, 'count'>, sent: SentDatagrams): string {
  if (icmp === undefined) return icmpText({ error, icmp }, sent);
  const { from, mtuBytes } = icmp;
  const mtu = mtuBytes === undefined ? '' : ` (MTU ${mtuBytes})`;
  return `${icmpName(icmp)}${from === undefined ? '' : `${isTtlExceeded(icmp) ? ' at' : ', says'} ${from}`}${mtu}`;
}

/** Why this host's own system did not send datagrams, in words. `error`: of `TransportError`'s codes. */
export function refusalText(error: Error, sent: SentDatagrams): string {
  if (codeOf(error) !== 'EMSGSIZE') return sendError(`sending to ${endpointText(sent.peer)}`, error).message;
  const { mtuBytes } = error as { mtuBytes?: number };
  return tooLarge(sent, mtuBytes, "this host's link");
}

function tooLarge({ lengthBytes, peer }: SentDatagrams, mtuBytes: number | undefined, what = 'the path'): string {
  const headers = headersOf(peer.address);
  const tooLong = `datagrams of ${lengthBytes} bytes do not fit`;
  if (mtuBytes === undefined || mtuBytes < MIN_MTU_BYTES) return `${tooLong} ${what}`;
  return `${tooLong}: ${what} takes ${mtuBytes - headers} (${mtuBytes} with headers)`;
}

/** Without being asked not to, the system cuts what a router has called too big. */
const cutText = ({ dontFragment }: SentDatagrams): string => (dontFragment ? '' : '; later ones go in fragments');

const nobodyListens = ({ peer }: SentDatagrams): string => `${endpointText(peer)} ${NOBODY_LISTENS}`;

const isPeer = (from: string | undefined, { address }: Endpoint): boolean =>
  from === undefined || isSameAddress(from, address);

/** What was heard of datagrams in one direction, as the document has it. */
export const icmpCounts = (
  heard: readonly IcmpReport[],
  direction: Direction,
  sent: SentDatagrams,
): readonly IcmpCount[] =>
  heard.map(({ count, ...each }) => ({
    direction,
    text: icmpText(each, sent),
    version: each.icmp?.version,
    type: each.icmp?.type,
    code: each.icmp?.code,
    from: each.icmp?.from,
    mtuBytes: each.icmp?.mtuBytes,
    count,
  }));
