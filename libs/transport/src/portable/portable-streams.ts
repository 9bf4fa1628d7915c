import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Instant } from '@pathgauge/units';
import { type Endpoint, endpointText, unmapped } from '../address';
import type { Clock } from '../clock';
import { codeOf, TransportError, transportError } from '../errors';
import type { ConnectOptions, Listener, StreamSocket } from '../transport';
import { DescriptorReserve } from './descriptors';

// A peer that vanishes without a word is noticed after this and ten more probes of the system's, 1 s apart.
const KEEP_ALIVE_MS = 10_000;
const BACKLOG = 511;

/** node:net behind the stream interface. */
export class PortableStream implements StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #closed = false;
  #error: Error | undefined;
  #onClose: ((error: Error | undefined) => void) | undefined;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
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

  descriptor(): number | undefined {
    // Node has no other name for it.
    const { _handle: handle } = this.#socket as { _handle?: { fd?: unknown; readStop?(): void } };
    if (typeof handle?.fd !== 'number' || handle.fd < 0 || handle.readStop === undefined) return undefined;
    handle.readStop();
    return handle.fd;
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Connects to one address. */
export function connectPortableStream(peer: Endpoint, options: ConnectOptions, clock: Clock): Promise<PortableStream> {
  const doing = `cannot connect to ${endpointText(peer)}`;
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: peer.address,
      port: peer.port,
      ...(options.bind === undefined ? {} : { localAddress: options.bind }),
    });
    const timeout = setTimeout(() => {
      socket.destroy();
      reject(new TransportError('ETIMEDOUT', `${doing}: no answer within ${options.timeoutMs / 1000} s`));
    }, options.timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timeout);
      reject(transportError(doing, error));
    });
    socket.once('connect', () => {
      clearTimeout(timeout);
      resolve(new PortableStream(socket, clock));
    });
  });
}

/** Listens on `address`, or on all addresses, IPv4 and IPv6. */
export async function listenPortable(
  { address, port }: { readonly address?: string | undefined; readonly port: number },
  onConnection: (stream: StreamSocket) => void,
  clock: Clock,
  onBusy?: (stream: StreamSocket) => void,
): Promise<Listener> {
  const reserve = new DescriptorReserve();
  const turnAway = (socket: Socket): void => {
    reserve.giveUp();
    socket.on('close', () => reserve.fill());
    if (onBusy === undefined) socket.destroy();
    else onBusy(new PortableStream(socket, clock));
  };
  const server = createServer({ pauseOnConnect: false }, (socket) => {
    if (reserve.fill()) onConnection(new PortableStream(socket, clock));
    else turnAway(socket);
  });
  try {
    try {
      await listen(server, address ?? '::', port);
    } catch (error) {
      // A host without IPv6 still has IPv4.
      if (address !== undefined || (codeOf(error) !== 'EAFNOSUPPORT' && codeOf(error) !== 'EADDRNOTAVAIL')) throw error;
      await listen(server, '0.0.0.0', port);
    }
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

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
