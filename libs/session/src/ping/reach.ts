import type { DatagramOptions, DatagramSocket, Endpoint, Transport } from '@pathgauge/transport';
import { interruptedEarly } from '../interruption';
import { type LeftAside, noneWouldDo } from '../reach/left-aside';
import type { Choice } from '../reach/reach-text';
import { AddressTrial, type TrialAddress, type TrialHost } from './address-trial';
import type { PingOptions } from './ping-options';

/** What is needed to open sockets, in whichever thread. */
export interface Opener {
  connectDatagrams(peer: Endpoint, options: DatagramOptions): DatagramSocket | Promise<DatagramSocket>;
}

/** The address that a run goes to, with a socket to it, and what was learnt of the others. */
export interface Reached extends Omit<Choice, 'address'> {
  readonly peer: Endpoint;
  readonly socket: DatagramSocket;
}

export const openSocket = ({ bind, ttl, dscp, dontFragment }: PingOptions, opener: Opener, peer: Endpoint) =>
  opener.connectDatagrams(peer, { bind: { address: bind }, ttl, dscp, dontFragment, stamps: ['queued', 'sent'] });

/**
 * A socket to the first of the host's addresses that answers. Nothing is sent where there is but one that this host has a way to;
 * where none answers it is the first, so that the run shows what is lost. `untilOver` waits for the end of a trial; one that ends
 * it early interrupts. Throws `TransportError` when there is a way to none.
 */
export async function reach(
  options: PingOptions,
  host: Opener & TrialHost & Pick<Transport, 'resolve'>,
  untilOver: (trial: AddressTrial) => Promise<void>,
): Promise<Reached> {
  const addresses = await host.resolve(options.host, options.family);
  const peers = addresses.map((address) => ({ address, port: options.port }));
  const { open, closed } = await openAll(options, host, peers);
  const [first, second] = open;
  if (first === undefined) throw noWay(options.host, closed);
  if (second === undefined) return { ...first, leftAside: closed, isAnswering: undefined };
  const trial = new AddressTrial(host, options, open);
  trial.begin();
  await untilOver(trial);
  if (!trial.isOver) {
    trial.stop();
    throw interruptedEarly();
  }
  const { peer } = trial.found ?? first;
  const aside = open.map((address) => ({ address: address.peer.address, failure: trial.failureOf(address) }));
  return {
    peer,
    socket: await openSocket(options, host, peer),
    leftAside: trial.found === undefined ? [...aside, ...closed] : aside.slice(0, open.indexOf(trial.found)),
    isAnswering: trial.found !== undefined,
  };
}

const noWay = (host: string, closed: readonly LeftAside[]): unknown =>
  closed.length === 1 ? closed[0]?.failure : noneWouldDo(`cannot send to ${host}`, closed);

/** Sockets to all that there is a way to. */
async function openAll(options: PingOptions, opener: Opener, peers: readonly Endpoint[]) {
  const open: TrialAddress[] = [];
  const closed: LeftAside[] = [];
  for (const peer of peers) {
    try {
      open.push({ peer, socket: await openSocket(options, opener, peer) });
    } catch (failure) {
      closed.push({ address: peer.address, failure });
    }
  }
  return { open, closed };
}
