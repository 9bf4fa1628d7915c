import { type Endpoint, endpointText, type StreamSocket, TransportError } from '@pathgauge/transport';
import { milliseconds, type Span, span } from '@pathgauge/units';
import { FakeSystem } from './fake-system';
import type { VirtualClock } from './virtual-clock';
import type { VirtualTime } from './virtual-time';

/** A datagram on its way. */
export interface Flight {
  /** Counts all datagrams of the network, from 0. */
  readonly index: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly payload: Uint8Array;
}

/** What becomes of a datagram: one delay for each copy that arrives. None: it is dropped; two: it arrives twice. */
export type Fate = readonly Span[];

/** A host, as it is now. */
export interface FakeHost {
  addresses: readonly string[];
  readonly clock: VirtualClock;
}

/** Takes in what has arrived. */
interface Arrivals {
  deliver(source: Endpoint, payload: Uint8Array): void;
}

const LATENCY: Span = milliseconds(1);
const FIRST_FREE_PORT = 40_000;

/** Hosts in memory, what listens there, and the way between them. */
export class FakePath<Socket extends Arrivals> {
  readonly time: VirtualTime;
  readonly system = new FakeSystem();
  /** Decides on each datagram. */
  fateOf: (flight: Flight) => Fate = () => [LATENCY];
  /** How long a stream's bytes are under way. */
  streamDelay: (from: Endpoint, to: Endpoint) => Span = () => LATENCY;
  /** How long a message takes from one side of a role to the other. */
  crossing: Span = span(0);
  readonly sockets = new Map<string, Socket>();
  readonly listeners = new Map<string, (stream: StreamSocket) => void>();
  /** The addresses of names; an address is its own. */
  readonly names = new Map<string, readonly string[]>();
  /** Whether a host refuses to send from an address that it has not any more; else it sends, and nothing comes back. */
  refusesForeignSource = true;
  protected readonly hosts = new Map<string, FakeHost>();
  #flights = 0;
  #ports = FIRST_FREE_PORT;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  /** Gives the host that was made with `address` others instead, the first of which it sends from; none: it has lost the way. */
  readdress(address: string, ...addresses: readonly string[]): void {
    (this.hosts.get(address) as FakeHost).addresses = addresses;
  }

  hasAddress(address: string): boolean {
    return [...this.hosts.values()].some(({ addresses }) => addresses.includes(address));
  }

  /** The clock of the host with this address; undefined when there is none. */
  clockOf(address: string): VirtualClock | undefined {
    return [...this.hosts.values()].find(({ addresses }) => addresses.includes(address))?.clock;
  }

  freePort(): number {
    return this.#ports++;
  }

  /** Sends a datagram on its way. `onRefused` is called for each copy that finds nobody listening. */
  carry(from: Endpoint, to: Endpoint, payload: Uint8Array, onRefused: (error: Error) => void): void {
    const flight: Flight = { index: this.#flights++, from, to, payload: payload.slice() };
    for (const delay of this.fateOf(flight)) {
      this.time.schedule(delay, () => {
        const socket = this.sockets.get(endpointText(to));
        if (socket !== undefined && !this.hasAddress(to.address)) return;
        if (socket === undefined) onRefused(new TransportError('ECONNREFUSED', 'connection refused'));
        else socket.deliver(from, flight.payload.slice());
      });
    }
  }
}
