import type { DatagramSocket, Endpoint, RoleSide, RoleTransport } from '@pathgauge/transport';
import { octetOf } from '../marks';
import { type LeftAside, noneWouldDo } from '../reach/left-aside';
import type { Choice } from '../reach/reach-text';
import { AddressTrial, type TrialAddress } from './address-trial';
import type { PingOptions } from './ping-options';

/** The address that a run goes to, with a socket to it, and what was learnt of the others. */
export interface Reached extends Omit<Choice, 'address'> {
  readonly peer: Endpoint;
  readonly socket: DatagramSocket;
}

export const openSocket = (
  { bind, ttl, dscp, dontFragment }: PingOptions,
  transport: Pick<RoleTransport, 'connectDatagrams'>,
  peer: Endpoint,
): Promise<DatagramSocket> =>
  transport.connectDatagrams(peer, {
    bind: { address: bind },
    ttl,
    trafficClass: octetOf(dscp),
    dontFragment,
    stamps: ['queued', 'sent'],
  });

/**
 * A socket to the first of the host's addresses that answers. Nothing is sent where there is but one that this host has a way to;
 * where none answers it is the first, so that the run shows what is lost. `interruption` ends a trial. Throws
 * `TransportError` when there is a way to none.
 */
export async function reach(
  options: PingOptions,
  side: Pick<RoleSide<unknown, unknown, unknown>, 'transport' | 'run'>,
  interruption: AbortSignal,
): Promise<Reached> {
  const { transport } = side;
  const addresses = await transport.resolve(options.host, options.family);
  const peers = addresses.map((address) => ({ address, port: options.port }));
  const { open, closed } = await openAll(options, transport, peers);
  const [first, second] = open;
  if (first === undefined) throw noWay(options.host, closed);
  if (second === undefined) return { ...first, leftAside: closed, isAnswering: undefined };
  const trial = new AddressTrial(transport, options, open);
  interruption.addEventListener('abort', () => trial.stop());
  trial.begin();
  await side.run(trial.over);
  const { peer } = trial.found ?? first;
  const aside = open.map((address) => ({ address: address.peer.address, failure: trial.failureOf(address) }));
  return {
    peer,
    socket: await openSocket(options, transport, peer),
    leftAside: trial.found === undefined ? [...aside, ...closed] : aside.slice(0, open.indexOf(trial.found)),
    isAnswering: trial.found !== undefined,
  };
}

const noWay = (host: string, closed: readonly LeftAside[]): unknown =>
  closed.length === 1 ? closed[0]?.failure : noneWouldDo(`cannot send to ${host}`, closed);

/** Sockets to all that there is a way to. */
async function openAll(options: PingOptions, transport: RoleTransport, peers: readonly Endpoint[]) {
  const open: TrialAddress[] = [];
  const closed: LeftAside[] = [];
  for (const peer of peers) {
    try {
      open.push({ peer, socket: await openSocket(options, transport, peer) });
    } catch (failure) {
      closed.push({ address: peer.address, failure });
    }
  }
  return { open, closed };
}
