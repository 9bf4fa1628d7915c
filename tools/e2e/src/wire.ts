import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterTest, bounded, START_MS } from './test-time';

export type Json = Record<string, unknown>;

/** A TCP connection that is read by pulling. */
export class Wire {
  readonly #socket: Socket;
  #unread = Buffer.alloc(0);
  #wake = (): void => {};
  /** Everything that ever came in. */
  received = Buffer.alloc(0);
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.#unread = Buffer.concat([this.#unread, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    afterTest(() => socket.destroy());
  }

  static async connect(port: number): Promise<Wire> {
    const socket = connect(port, '127.0.0.1');
    const wire = new Wire(socket);
    await bounded('connection', once(socket, 'connect'));
    socket.setNoDelay(true);
    return wire;
  }

  send(...parts: (Uint8Array | number | string)[]): void {
    this.#socket.write(
      Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part as string)))),
    );
  }

  async bytes(count: number): Promise<Buffer> {
    const enough = async (): Promise<void> => {
      while (this.#unread.length < count) {
        if (this.closed) throw new Error(`closed after ${this.#unread.length} of ${count} bytes`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    await bounded(`${count} bytes`, enough());
    const taken = this.#unread.subarray(0, count);
    this.#unread = this.#unread.subarray(count);
    return taken;
  }

  async byte(): Promise<number> {
    return (await this.bytes(1))[0] as number;
  }

  async json(): Promise<Json> {
    const length = (await this.bytes(4)).readUInt32BE();
    return JSON.parse((await this.bytes(length)).toString('utf8'));
  }

  sendJson(value: unknown): void {
    const body = Buffer.from(JSON.stringify(value));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(body.length);
    this.send(length, body);
  }

  /** Half-closes: no more is coming from here. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async closedByPeer(ms = START_MS): Promise<void> {
    if (this.closed) return;
    await bounded('close', once(this.#socket, 'close'), ms);
  }
}

/** The 37 bytes that open every connection of a test. */
export function cookie(): Buffer {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  const letters = Array.from({ length: 36 }, () => alphabet[Math.floor(Math.random() * 32)]);
  return Buffer.from(`${letters.join('')}\0`);
}
