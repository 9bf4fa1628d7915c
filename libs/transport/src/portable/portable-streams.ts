import { createServer, type Server, type Socket } from 'node:net';
import { elapsed, type Instant, NS_PER_MS } from '@pathgauge/units';
import { type Endpoint, endpointText, unmapped } from '../address';
import type { Clock } from '../clock';
import { codeOf, transportError } from '../errors';
import { NOTHING_TOLD, type StreamSettings } from '../settings';
import type { Listener, StreamSocket } from '../sockets';
import { DescriptorReserve } from './descriptors';
import { isUnanswered, tcpTable } from './tcp-table';

// A peer that vanishes without a word is noticed after this and ten more probes of the system's, 1 s apart.
const KEEP_ALIVE_MS = 10_000;
const BACKLOG = 511;
/** Asked of a peer that may have gone. */
const ASK_EVERY_MS = 1_000;

/** What is asked of the system about connections, past Node, by their descriptors. */
export interface ConnectionCalls {
  /** A descriptor of a connection that is not opened yet, with these settings. Throws `TransportError`. */
  open(family: 4 | 6, settings: StreamSettings): number;
  canUseCongestion(name: string): boolean;
  limit(fd: number, ms: number): void;
  unheardMs(fd: number): number | undefined;
}

/** node:net behind the stream interface. */
export class PortableStream implements StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Node does not tell. */
  readonly granted = NOTHING_TOLD;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #calls: ConnectionCalls | undefined;
  /** Since when the system's table has what the peer leaves unanswered; and when that was last looked at. */
  #unansweredSince: Instant | undefined;
  #lookedAt: Instant | undefined;
  #closed = false;
  #error: Error | undefined;
  #onClose: ((error: Error | undefined) => void) | undefined;

  constructor(socket: Socket, clock: Clock, calls?: ConnectionCalls) {
    this.#socket = socket;
    this.#clock = clock;
    this.#calls = calls;
    this.local = { address: unmapped(socket.localAddress ?? ''), port: socket.localPort ?? 0 };
    this.remote = { address: unmapped(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.removeAllListeners('error');
    socket.on('error', (error) => {
      this.#error = transportError(endpointText(this.remote), error);
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#onClose?.(this.#error);
    });
  }

  onData(handler: (chunk: Uint8Array, arrival: Instant) => void): void {
    this.#socket.removeAllListeners('data');
    this.#socket.on('data', (chunk: Buffer) => handler(chunk, this.#clock.now()));
    if (this.#socket.isPaused()) this.#socket.resume();
  }

  onClose(handler: (error: Error | undefined) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(this.#error);
  }

  write(bytes: Uint8Array, done?: (taken: boolean) => void): void {
    if (this.#socket.writable) this.#socket.write(bytes, (error) => done?.(!error));
    else process.nextTick(() => done?.(false));
  }

  /** Node does not ask the system. */
  pathState(): undefined {
    return undefined;
  }

  limitRate(): void {}

  limitSilence(ms: number): void {
    const fd = this.#handle()?.fd;
    if (this.#calls !== undefined && fd !== undefined) this.#calls.limit(fd, ms);
    else this.#socket.setKeepAlive(true, ASK_EVERY_MS);
  }

  unheardMs(): number | undefined {
    const fd = this.#handle()?.fd;
    return this.#calls !== undefined && fd !== undefined ? this.#calls.unheardMs(fd) : this.#unansweredMs();
  }

  /** The system's descriptor, for a thread to take the connection over; nothing is read here from then on. Undefined where there is none. */
  descriptor(): number | undefined {
    const handle = this.#handle();
    handle?.readStop();
    return handle?.fd;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The one setting that Node has. */
  apply({ noDelay }: StreamSettings): void {
    if (noDelay !== undefined) this.#socket.setNoDelay(noDelay);
  }

  /** What comes from now on waits for the next consumer. */
  pause(): void {
    this.#socket.removeAllListeners('data');
    this.#socket.pause();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The table may be long: it is looked at as often as it can change for what is of interest here. */
  #unansweredMs(): number | undefined {
    const now = this.#clock.now();
    if (this.#lookedAt === undefined || elapsed(this.#lookedAt, now) >= ASK_EVERY_MS * NS_PER_MS) {
      this.#lookedAt = now;
      const isUnheard = isUnanswered(tcpTable(), this.local, this.remote);
      if (isUnheard) this.#unansweredSince ??= now;
      else this.#unansweredSince = undefined;
    }
    // By then it has been silent for as long as it takes to ask twice.
    return this.#unansweredSince === undefined
      ? undefined
      : elapsed(this.#unansweredSince, now) / NS_PER_MS + 2 * ASK_EVERY_MS;
  }

  /** Node has no other name for the descriptor. */
  #handle(): { readonly fd: number; readStop(): void } | undefined {
    const { _handle: handle } = this.#socket as { _handle?: { fd?: unknown; readStop?(): void } };
    if (typeof handle?.fd !== 'number' || handle.fd < 0 || handle.readStop === undefined) return undefined;
    return handle as { fd: number; readStop(): void };
  }
}

/** Listens on `address`, or on all addresses, IPv4 and IPv6. */
export async function listenPortable(
  { address, port }: { readonly address?: string | undefined; readonly port: number },
  onConnection: (stream: StreamSocket) => void,
  clock: Clock,
  calls?: ConnectionCalls,
  onBusy?: (stream: StreamSocket) => void,
): Promise<Listener> {
  const reserve = new DescriptorReserve();
  const turnAway = (socket: Socket): void => {
    reserve.giveUp();
    socket.on('close', () => reserve.fill());
    if (onBusy === undefined) socket.destroy();
    else onBusy(new PortableStream(socket, clock, calls));
  };
  const server = createServer({ pauseOnConnect: false }, (socket) => {
    if (reserve.fill()) onConnection(new PortableStream(socket, clock, calls));
    else turnAway(socket);
  });
  try {
    await (address === undefined ? listenOnAll(server, port) : listen(server, address, port));
  } catch (error) {
    reserve.close();
    throw transportError(`cannot listen on TCP port ${port}${address === undefined ? '' : ` of ${address}`}`, error);
  }
  // Out of descriptors all the same: the connection waits for the next turn.
  server.on('error', () => reserve.giveUp());
  server.on('close', () => reserve.close());
  const bound = server.address() as { address: string; port: number };
  return { local: { address: unmapped(bound.address), port: bound.port }, close: () => void server.close() };
}

async function listenOnAll(server: Server, port: number): Promise<void> {
  try {
    await listen(server, '::', port);
  } catch (error) {
    // A host without IPv6 still has IPv4.
    if (codeOf(error) !== 'EAFNOSUPPORT' && codeOf(error) !== 'EADDRNOTAVAIL') throw error;
    await listen(server, '0.0.0.0', port);
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
