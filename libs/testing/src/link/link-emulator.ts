import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket as StreamSocket } from 'node:net';
import type { DatagramSocket, Endpoint } from '@pathgauge/transport';
import { NS_PER_MS } from '@pathgauge/units';
import { LinkModel, type LinkSettings } from './link-model';
import { type LinkSockets, openLinkSockets, type Stamp, StampedSender } from './link-sockets';
import { seededRandom } from './random';

export interface LinkOptions {
  /** Port of the server behind the link, on 127.0.0.1. */
  readonly to: number;
  readonly up?: Partial<LinkSettings>;
  readonly down?: Partial<LinkSettings>;
  readonly seed: number;
}

/** What became of one datagram: the truth that results are held against. The kernel stamps it, where it does. */
export interface Passage {
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  /** Its first bytes, enough for the header of a probe or its reply. */
  readonly head: Uint8Array;
  readonly came: Stamp;
  /** When each of its copies left; none when it was lost. */
  readonly left: readonly Stamp[];
}

const HEAD_BYTES = 48;
/** Bytes of a stream that may wait in the emulator before it stops reading: the window of a long path. */
const STREAM_WINDOW = 4 * 1024 * 1024;

/**
 * A link on loopback that does to real UDP datagrams and TCP connections what it is told to, by numbers that only depend on
 * the seed, and keeps a log of what it did. Clients talk to `port` instead of the server's.
 */
export class LinkEmulator {
  readonly port: number;
  readonly passages: Passage[] = [];
  readonly #options: LinkOptions;
  readonly #models: Readonly<Record<'up' | 'down', LinkModel>>;
  readonly #sockets: LinkSockets;
  readonly #towardsClients: StampedSender;
  readonly #listener: Server;
  /** A socket towards the server for each client, so that the server tells clients apart. */
  readonly #clients = new Map<string, Promise<StampedSender>>();
  readonly #open = new Set<DatagramSocket>();
  readonly #streams = new Set<StreamSocket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(options: LinkOptions, sockets: LinkSockets, datagrams: DatagramSocket, listener: Server) {
    const { up = {}, down = {}, seed } = options;
    this.#options = options;
    this.#sockets = sockets;
    this.#listener = listener;
    this.port = (listener.address() as AddressInfo).port;
    // Each way has numbers of its own: what happens on one does not depend on the other's timing.
    this.#models = { up: new LinkModel(up, seededRandom(seed)), down: new LinkModel(down, seededRandom(~seed)) };
    this.#towardsClients = this.#sender(datagrams);
    this.#onDatagrams(datagrams, (bytes, came, client) => {
      const server = this.#towardsServer(client);
      this.#pass('up', bytes, came, async () => (await server).send(bytes));
    });
    listener.on('connection', (client) => this.#connect(client));
  }

  static async start(options: LinkOptions): Promise<LinkEmulator> {
    const sockets = openLinkSockets();
    for (;;) {
      const listener = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const { port } = listener.address() as AddressInfo;
      // The port that TCP gets may be taken for UDP.
      const datagrams = await sockets.bind({ bind: { address: '127.0.0.1', port }, stamps: ['sent'] }).catch(noSocket);
      if (datagrams !== undefined) return new LinkEmulator(options, sockets, datagrams, listener);
      listener.close();
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#open) socket.close();
    this.#sockets.close();
    for (const stream of this.#streams) stream.destroy();
    this.#listener.close();
  }

  #sender(socket: DatagramSocket): StampedSender {
    this.#open.add(socket);
    return new StampedSender(this.#sockets, socket);
  }

  #towardsServer(client: Endpoint): Promise<StampedSender> {
    const key = `${client.address} ${client.port}`;
    const known = this.#clients.get(key) ?? this.#openTowardsServer(client);
    this.#clients.set(key, known);
    return known;
  }

  async #openTowardsServer(client: Endpoint): Promise<StampedSender> {
    const server = { address: '127.0.0.1', port: this.#options.to };
    const socket = await this.#sockets.connect(server, { stamps: ['sent'] });
    this.#onDatagrams(socket, (bytes, came) =>
      this.#pass('down', bytes, came, () => this.#towardsClients.send(bytes, client)),
    );
    return this.#sender(socket);
  }

  #onDatagrams(socket: DatagramSocket, handler: (bytes: Uint8Array, came: Stamp, source: Endpoint) => void): void {
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) {
        const came = { at: batch.arrival(i), by: batch.arrivalSource(i) };
        handler(batch.payload(i).slice(), came, batch.source(i));
      }
    });
  }

  #pass(direction: 'up' | 'down', bytes: Uint8Array, came: Stamp, send: () => Stamp | Promise<Stamp>): void {
    const left: Stamp[] = [];
    this.passages.push({ direction, bytes: bytes.length, head: bytes.subarray(0, HEAD_BYTES), came, left });
    for (const delay of this.#models[direction].fateOf(bytes.length, came.at)) {
      this.#later(came.at + delay, async () => {
        left.push(await send());
      });
    }
  }

  #connect(client: StreamSocket): void {
    const server = connect({ port: this.#options.to, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.#forward('up', client, server);
    this.#forward('down', server, client);
  }

  /** In order, however the delays vary. */
  #forward(direction: 'up' | 'down', from: StreamSocket, to: StreamSocket): void {
    let waiting = 0;
    let last = 0;
    const queue: { readonly due: number; readonly act: () => void }[] = [];
    const next = (): void => {
      const head = queue[0];
      if (head === undefined) return;
      this.#later(head.due, () => {
        queue.shift();
        head.act();
        next();
      });
    };
    const inOrder = (bytes: number, act: () => void): void => {
      const cameAt = this.#sockets.now();
      last = Math.max(last, cameAt + this.#models[direction].streamDelay(bytes, cameAt));
      queue.push({ due: last, act });
      if (queue.length === 1) next();
    };
    this.#streams.add(from);
    from.on('data', (chunk) => {
      waiting += chunk.length;
      if (waiting > STREAM_WINDOW) from.pause();
      inOrder(chunk.length, () => {
        if (!to.destroyed) to.write(chunk);
        waiting -= chunk.length;
        if (waiting <= STREAM_WINDOW) from.resume();
      });
    });
    from.on('end', () => inOrder(0, () => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#streams.delete(from);
      inOrder(0, () => to.end());
    });
  }

  /** Never early: a timer of the event loop may be, by up to a millisecond. */
  #later(due: number, act: () => void): void {
    const leftNs = due - this.#sockets.now();
    if (leftNs <= 0) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#later(due, act);
    }, leftNs / NS_PER_MS);
    this.#timers.add(timer);
  }
}

/** No socket: another port is tried. */
const noSocket = (): undefined => undefined;
