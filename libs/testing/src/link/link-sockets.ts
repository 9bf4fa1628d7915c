import {
  type DatagramOptions,
  type DatagramSocket,
  type Endpoint,
  portableTransport,
  type SendStampHandler,
  type TimestampSource,
  turnedTransport,
} from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';

const TURN_MS = 1;
/** Datagrams that may wait for their stamp; of those before them none is coming any more. */
const MAX_UNSTAMPED = 1024;

/** When something came or left, and who says so. */
export interface Stamp {
  at: Instant;
  by: TimestampSource;
}

/** Where the sockets of an emulated link come from. Their instants are all of one clock. */
export interface LinkSockets {
  now(): Instant;
  bind(options: DatagramOptions): Promise<DatagramSocket>;
  connect(peer: Endpoint, options: DatagramOptions): Promise<DatagramSocket>;
  close(): void;
}

/** Sockets whose datagrams the kernel stamps on their way in and out; where it does not, the program does. */
export function openLinkSockets(): LinkSockets {
  try {
    const { poller, clock, ...transport } = turnedTransport();
    const turning = setInterval(() => poller.turn(0), TURN_MS);
    return {
      now: () => clock.now(),
      bind: (options) => transport.bindDatagrams(options),
      connect: (peer, options) => transport.connectDatagrams(peer, options),
      close: () => clearInterval(turning),
    };
  } catch {
    const transport = portableTransport();
    return {
      now: () => transport.clock.now(),
      bind: (options) => transport.bindDatagrams(options),
      connect: (peer, options) => transport.connectDatagrams(peer, options),
      close: () => {},
    };
  }
}

/** The sending side of a socket: tells of each datagram when it left. */
export class StampedSender {
  readonly #sockets: LinkSockets;
  readonly #socket: DatagramSocket;
  readonly #waiting: { readonly payload: Uint8Array; readonly stamp: Stamp }[] = [];

  constructor(sockets: LinkSockets, socket: DatagramSocket) {
    this.#sockets = sockets;
    this.#socket = socket;
    socket.onError(() => {});
    socket.onRefused(() => {});
    socket.onStamp(this.#onStamp);
  }

  /** The program's own stamp, in whose place the kernel's comes in a moment. */
  send(payload: Uint8Array, to?: Endpoint): Stamp {
    const stamp: Stamp = { at: this.#sockets.now(), by: 'user' };
    if (this.#waiting.push({ payload, stamp }) > MAX_UNSTAMPED) this.#waiting.shift();
    this.#socket.send(payload, to);
    return stamp;
  }

  /** Copies of one datagram are alike: they are stamped in the order in which they left. */
  readonly #onStamp: SendStampHandler = (looped, _, at) => {
    const place = this.#waiting.findIndex(({ payload }) => endsWith(looped, payload));
    const [sent] = place < 0 ? [] : this.#waiting.splice(0, place + 1).slice(-1);
    if (sent !== undefined) Object.assign(sent.stamp, { at, by: 'kernel' });
  };
}

const endsWith = (bytes: Uint8Array, end: Uint8Array): boolean =>
  Buffer.compare(bytes.subarray(Math.max(0, bytes.length - end.length)), end) === 0;
