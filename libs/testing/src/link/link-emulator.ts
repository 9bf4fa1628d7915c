import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket as StreamSocket } from 'node:net';
import { type Instant, instant, NS_PER_MS } from '@pathgauge/units';
import { LinkModel, type LinkSettings } from './link-model';
import { seededRandom } from './random';

export interface LinkOptions {
  /** Port of the server behind the link, on 127.0.0.1. */
  readonly to: number;
  readonly up?: Partial<LinkSettings>;
  readonly down?: Partial<LinkSettings>;
  readonly seed: number;
}

/** What became of one datagram: the truth that results are held against. Instants are of this process's clock. */
export interface Passage {
  readonly direction: 'up' | 'down';
  readonly bytes: number;
  /** Its first bytes, enough for the header of a probe or its reply. */
  readonly head: Uint8Array;
  readonly cameAt: Instant;
  /** When each of its copies left; none when it was lost. */
  readonly leftAt: Instant[];
}

const HEAD_BYTES = 48;
/** Bytes of a stream that may wait in the emulator before it stops reading: the window of a long path. */
const STREAM_WINDOW = 4 * 1024 * 1024;

const now = (): Instant => instant(Number(process.hrtime.bigint()));

/**
 * A link on loopback that does to real UDP datagrams and TCP connections what it is told to, by numbers that only depend on
 * the seed, and keeps a log of what it did. Clients talk to `port` instead of the server's.
 */
export class LinkEmulator {
  readonly port: number;
  readonly passages: Passage[] = [];
  readonly #options: LinkOptions;
  readonly #models: Readonly<Record<'up' | 'down', LinkModel>>;
  readonly #datagrams: Socket;
  readonly #listener: Server;
  /** A socket towards the server for each client, so that the server tells clients apart. */
  readonly #clients = new Map<string, Socket>();
  readonly #streams = new Set<StreamSocket>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(options: LinkOptions, datagrams: Socket, listener: Server) {
    const { up = {}, down = {}, seed } = options;
    this.#options = options;
    this.#datagrams = datagrams;
    this.#listener = listener;
    this.port = (listener.address() as AddressInfo).port;
    // Each way has numbers of its own: what happens on one does not depend on the other's timing.
    this.#models = { up: new LinkModel(up, seededRandom(seed)), down: new LinkModel(down, seededRandom(~seed)) };
    datagrams.on('message', (bytes, source) => this.#fromClient(bytes, source));
    listener.on('connection', (client) => this.#connect(client));
  }

  static async start(options: LinkOptions): Promise<LinkEmulator> {
    for (;;) {
      const listener = createServer({ allowHalfOpen: true, noDelay: true }).listen(0, '127.0.0.1');
      await once(listener, 'listening');
      const datagrams = createSocket({ type: 'udp4', recvBufferSize: STREAM_WINDOW });
      datagrams.bind((listener.address() as AddressInfo).port, '127.0.0.1');
      // The port that TCP gets may be taken for UDP: then another is as good.
      const bound = await once(datagrams, 'listening').then(
        () => true,
        () => false,
      );
      if (bound) return new LinkEmulator(options, datagrams, listener);
      listener.close();
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of [this.#datagrams, ...this.#clients.values()]) socket.close();
    for (const stream of this.#streams) stream.destroy();
    this.#listener.close();
  }

  #fromClient(bytes: Buffer, client: RemoteInfo): void {
    const key = `${client.address} ${client.port}`;
    let socket = this.#clients.get(key);
    if (socket === undefined) {
      socket = createSocket({ type: 'udp4', recvBufferSize: STREAM_WINDOW });
      socket.on('error', () => {});
      socket.on('message', (reply) =>
        this.#pass('down', reply, () => this.#datagrams.send(reply, client.port, client.address)),
      );
      this.#clients.set(key, socket);
    }
    const towards = socket;
    this.#pass('up', bytes, () => towards.send(bytes, this.#options.to, '127.0.0.1'));
  }

  #pass(direction: 'up' | 'down', bytes: Buffer, send: () => void): void {
    const cameAt = now();
    const passage: Passage = {
      direction,
      bytes: bytes.length,
      head: Uint8Array.from(bytes.subarray(0, HEAD_BYTES)),
      cameAt,
      leftAt: [],
    };
    this.passages.push(passage);
    for (const delay of this.#models[direction].fateOf(bytes.length, cameAt)) {
      this.#later(delay, () => {
        passage.leftAt.push(now());
        send();
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
      this.#later(head.due - now(), () => {
        queue.shift();
        head.act();
        next();
      });
    };
    const inOrder = (bytes: number, act: () => void): void => {
      const cameAt = now();
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
  #later(delayNs: number, act: () => void, due = now() + delayNs): void {
    const leftNs = due - now();
    if (leftNs <= 0) {
      act();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#later(0, act, due);
    }, leftNs / NS_PER_MS);
    this.#timers.add(timer);
  }
}
