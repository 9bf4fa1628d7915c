import type { DatagramSocket, RoleTransport, StreamSocket } from '@pathgauge/transport';
import { type Span, span } from '@pathgauge/units';
import { AnsweredOpening, AskedOpening, type Opening } from './opening';
import { datagramSettings, streamSettings } from './socket-settings';
import type { HandedCarrier } from './stream-messages';
import type { StreamOptions } from './stream-options';

/** Below this there is no time to send datagrams one by one. */
const MIN_SPACING_ONE_BY_ONE: Span = span(25_000);

/** The socket that a stream goes over, where it is worked. */
export type StreamLink =
  | { readonly kind: 'stream'; readonly stream: StreamSocket; readonly unread: Uint8Array }
  | { readonly kind: 'datagrams'; readonly socket: DatagramSocket; readonly opening: Opening };

/** Opens what a stream goes over. `onOpened`: the server has answered the opening that the client asked for. */
export async function openLink(
  carrier: HandedCarrier,
  options: Pick<StreamOptions, 'isSending' | 'plan'>,
  transport: RoleTransport,
  onOpened: () => void,
): Promise<StreamLink> {
  const { isSending, plan } = options;
  if (carrier.kind === 'stream') {
    const { handed, unread } = carrier;
    return {
      kind: 'stream',
      stream: transport.takeStream(handed, streamSettings(plan.sockets, isSending, transport.kind)),
      unread,
    };
  }
  const wanted = { ...datagramSettings(plan.sockets, isSending, transport.kind), coalesce: mayCoalesce(options) };
  if (carrier.kind === 'ask') {
    const { peer, bind, ttl, opening } = carrier;
    const socket = await transport.connectDatagrams(peer, { ...wanted, bind: { address: bind }, ttl });
    return { kind: 'datagrams', socket, opening: new AskedOpening(opening, transport, onOpened) };
  }
  const { beside, address, peer, answer } = carrier;
  const socket = await transport.besideDatagrams(beside, address, peer, wanted);
  return { kind: 'datagrams', socket, opening: new AnsweredOpening(answer) };
}

/** Where an own queue drops a part of what is cut only behind it, the system says nothing: a paced load leaves one by one. */
const mayCoalesce = ({ isSending, plan }: Pick<StreamOptions, 'isSending' | 'plan'>): boolean =>
  !isSending || plan.spacing === undefined || plan.spacing < MIN_SPACING_ONE_BY_ONE;
