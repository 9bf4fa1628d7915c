import { connect, createServer, type Socket } from 'node:net';
import { type Instant, milliseconds } from '@pathgauge/units';
import fc from 'fast-check';
import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { codeOf, TransportError } from '../errors';
import { PortableStream } from '../portable/portable-streams';
import type { StreamSettings } from '../settings';
import { type Discard, MIN_DISCARDED_BYTES, type StreamSocket } from '../sockets';
import { EAGAIN, EINTR, MSG_TRUNC } from './abi';
import type { LinuxContext } from './linux-context';
import { LinuxStream } from './linux-stream';
import { Memory } from './memory';
import type { Native } from './system-calls';

const HEADER_BYTES = 8;

/** Bytes that tell where in the stream they stand. */
const patterned = (length: number, from = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => ((from + i) * 31) >> 3);

describeHere('LinuxStream', (native) => {
  const opened: { close(): void }[] = [];
  afterEach(() => {
    for (const each of opened.splice(0).reverse()) each.close();
  });

  /** Both ends of a connection as Node has them. */
  const connection = async (address = '127.0.0.1'): Promise<[client: Socket, server: Socket]> => {
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, address, resolve));
    const client = connect((server.address() as { port: number }).port, address);
    const ends: [Socket, Socket] = [client, await accepted];
    await new Promise<void>((resolve) => (client.connecting ? client.once('connect', resolve) : resolve()));
    for (const socket of ends) {
      socket.on('error', () => {});
      opened.push({ close: () => socket.destroy() });
    }
    opened.push({ close: () => server.close() });
    return ends;
  };
  const taken = (context: LinuxContext, socket: Socket, settings?: StreamSettings): LinuxStream => {
    const fd = new PortableStream(socket, context.clock).descriptor() as number;
    const stream = new LinuxStream(context, context.native.calls.dup(fd), settings);
    opened.push({ close: () => stream.destroy() });
    return stream;
  };
  /** Both ends, of which the client's makes its calls to `clientNative`. */
  const pair = async (clientNative: Native = native, address?: string) => {
    const here = contextOn(clientNative);
    const there = contextOn(native);
    const [client, server] = await connection(address);
    return { here, there, client: taken(here, client), server: taken(there, server), sockets: { client, server } };
  };
  const gathered = (stream: StreamSocket): { bytes(): Buffer; length: number } => {
    const chunks: Buffer[] = [];
    const got = { length: 0, bytes: () => Buffer.concat(chunks) };
    stream.onData((chunk) => {
      chunks.push(Buffer.from(chunk));
      got.length += chunk.length;
    });
    return got;
  };

  it.each(['127.0.0.1', '::1'])('knows its own end and the other: %s', async (address) => {
    const { client, server } = await pair(native, address);
    expect(client.remote).toStrictEqual(server.local);
    expect(server.remote).toStrictEqual(client.local);
    expect(server.local.address).toBe(address);
  });

  it('marks what it sends where that was asked for', async () => {
    const word = new Memory(native, 16);
    for (const [address, level, name] of [
      ['127.0.0.1', 0, 1],
      ['::1', 41, 67],
    ] as const) {
      const context = contextOn(native);
      const [client, server] = await connection(address);
      const classOf = (stream: LinuxStream): number => {
        word.setU32(0, 4);
        native.calls.getsockopt(stream.fd, level, name, word.address + 8, word.address);
        return word.u32(8);
      };
      expect([classOf(taken(context, client, { trafficClass: 184 })), classOf(taken(context, server))]).toStrictEqual([
        184, 0,
      ]);
    }
  });

  describe('write', () => {
    it('is done in order, never within the call, when the system has taken the bytes', async () => {
      const { here, there, client, server } = await pair();
      const heard = gathered(server);
      const order: [number, boolean][] = [];
      for (const [i, length] of [10, 0, 100_000, 1].entries()) {
        client.write(patterned(length), (ok) => order.push([i, ok]));
      }
      expect(order).toStrictEqual([]);
      turnUntil(() => order.length === 4 && heard.length === 100_011, here, there);
      expect(order).toStrictEqual([0, 1, 2, 3].map((i) => [i, true]));
      const expected = Buffer.concat([patterned(10), patterned(100_000), patterned(1)]);
      expect(heard.bytes().equals(expected)).toBe(true);
    });

    it('is not done while the system takes no more, and the rest follows', async () => {
      const { here, there, client, server } = await pair();
      const length = 40_000_000;
      const bytes = new Uint8Array(length).fill(1);
      bytes[length - 1] = 2;
      const done = jest.fn();
      client.write(bytes, done);
      turnFor(30, here);
      expect(done).not.toHaveBeenCalled();
      let got = 0;
      let last = 0;
      server.onData((chunk) => {
        got += chunk.length;
        last = chunk.at(-1) as number;
      });
      turnUntil(() => got === length, here, there);
      expect(last).toBe(2);
      turnUntil(() => done.mock.calls.length > 0, here);
      expect(done.mock.calls).toStrictEqual([[true]]);
    });

    it('goes on where the system takes a little at a time, or nothing now and then', async () => {
      let calls = 0;
      const slow: Native = altered(native, () => ({
        send: (fd, bytes, length, flags) => {
          calls++;
          if (calls % 3 === 0) return calls % 2 === 0 ? -EAGAIN : -EINTR;
          return native.calls.send(fd, bytes, Math.min(length, 1_000), flags);
        },
      }));
      const { here, there, client, server } = await pair(slow);
      const heard = gathered(server);
      client.write(patterned(100_000));
      client.write(patterned(3, 100_000));
      turnUntil(() => heard.length === 100_003, here, there);
      expect(heard.bytes().equals(Buffer.from(patterned(100_003)))).toBe(true);
    });
  });

  it('loses nothing where receiving fails now and then', async () => {
    let calls = 0;
    const faulty = altered(native, () => ({
      recv: () => (++calls % 3 === 0 ? (calls % 2 === 0 ? -EAGAIN : -EINTR) : undefined),
    }));
    const { here, there, client, server } = await pair(faulty);
    const heard = gathered(client);
    server.write(patterned(2_000_000));
    turnUntil(() => heard.length === 2_000_000, here, there);
    expect(heard.bytes().equals(Buffer.from(patterned(2_000_000)))).toBe(true);
  });

  describe('discarding', () => {
    /** Records: the length of the body in four bytes, the number in four, the body. */
    const recordsOf = (bodies: readonly number[]): Uint8Array => {
      const bytes = patterned(bodies.reduce((sum, length) => sum + HEADER_BYTES + length, 0));
      const view = new DataView(bytes.buffer);
      let at = 0;
      for (const [i, length] of bodies.entries()) {
        view.setUint32(at, length);
        view.setUint32(at + 4, i);
        at += HEADER_BYTES + length;
      }
      return bytes;
    };

    /** Reads records, and looks at nothing but their headers. */
    class Headers implements Discard {
      readonly seen: [length: number, number: number][] = [];
      readonly chunks: { readonly at: number; readonly bytes: Uint8Array }[] = [];
      skipped = 0;
      total = 0;
      lastArrival = Number.NEGATIVE_INFINITY;
      readonly #header = Buffer.alloc(HEADER_BYTES);
      #have = 0;
      #bodyLeft = 0;

      get unwanted(): number {
        return this.#bodyLeft;
      }

      get wanted(): number {
        return this.#bodyLeft + HEADER_BYTES - this.#have;
      }

      skip(count: number, arrival: Instant): void {
        expect(count).toBeGreaterThan(0);
        expect(count).toBeLessThanOrEqual(this.#bodyLeft);
        this.#bodyLeft -= count;
        this.skipped += count;
        this.total += count;
        this.lastArrival = arrival;
      }

      take(chunk: Uint8Array): void {
        expect(chunk.length).toBeLessThanOrEqual(this.wanted);
        this.chunks.push({ at: this.total, bytes: Uint8Array.from(chunk) });
        this.total += chunk.length;
        for (const byte of chunk) {
          if (this.#bodyLeft > 0) {
            this.#bodyLeft--;
            continue;
          }
          this.#header[this.#have++] = byte;
          if (this.#have < HEADER_BYTES) continue;
          this.#have = 0;
          this.#bodyLeft = this.#header.readUInt32BE(0);
          this.seen.push([this.#bodyLeft, this.#header.readUInt32BE(4)]);
        }
      }
    }

    const readThrough = async (bodies: readonly number[], flagsSeen: number[] = []): Promise<Headers> => {
      const watched = altered(native, () => ({
        recv: (_fd, _bytes, _length, flags) => {
          flagsSeen.push(flags);
          return undefined;
        },
      }));
      const { here, there, client, server } = await pair(watched);
      const headers = new Headers();
      client.onData((chunk) => headers.take(chunk), headers);
      const sent = recordsOf(bodies);
      server.write(sent);
      turnUntil(() => headers.total >= sent.length, here, there);
      turnFor(0.5, here);
      expect(headers.total).toBe(sent.length);
      expect(headers.seen).toStrictEqual(bodies.map((length, i) => [length, i]));
      for (const { at, bytes } of headers.chunks) {
        expect(Buffer.from(bytes).equals(sent.subarray(at, at + bytes.length))).toBe(true);
      }
      if (headers.skipped > 0) expect(headers.lastArrival).toBeLessThanOrEqual(here.clock.now());
      return headers;
    };

    it.each([
      ['small ones', [0, 1, 100, 1_000, 8_000], false],
      ['one just below the limit', [MIN_DISCARDED_BYTES - 1], false],
      ['one at the limit', [MIN_DISCARDED_BYTES], true],
      ['large ones', [16_384, 131_072, 1_000_000], true],
      ['all kinds', [0, 200_000, 0, 0, 5, 8_191, 8_192, 8_193, 70_000, 1, 300_000], true],
    ] as const)('skips and counts the bodies of %s exactly, and hands up every header', async (_, bodies, discards) => {
      const flags: number[] = [];
      const { skipped } = await readThrough(bodies, flags);
      expect(flags.some((each) => (each & MSG_TRUNC) !== 0)).toBe(discards);
      expect(skipped > 0).toBe(discards);
    });

    it('does so for any mixture', async () => {
      const body = fc.oneof(fc.nat(20), fc.integer({ min: 8_100, max: 8_300 }), fc.nat(400_000));
      await fc.assert(
        fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 12 }), async (bodies) => {
          await readThrough(bodies);
        }),
        { numRuns: 12 },
      );
    });

    it('notices the end of the stream', async () => {
      const { here, there, client, server } = await pair();
      const headers = new Headers();
      client.onData((chunk) => headers.take(chunk), headers);
      const closed = jest.fn();
      client.onClose(closed);
      server.write(recordsOf([100_000]).subarray(0, 50_000));
      server.end();
      turnUntil(() => closed.mock.calls.length > 0, here, there);
      expect(closed.mock.calls).toStrictEqual([[undefined]]);
      expect(headers.total).toBe(50_000);
    });
  });

  it('tells the state of the path', async () => {
    const { here, there, client, server } = await pair();
    const heard = gathered(server);
    client.write(patterned(100_000));
    turnUntil(() => heard.length === 100_000, here, there);
    const { retransmits, rttNs, cwndBytes } = client.pathState() ?? {};
    expect(retransmits).toBe(0);
    // On loopback, of a connection that has just carried 100 kB.
    expect(rttNs).toBeGreaterThan(0);
    expect(rttNs).toBeLessThan(1e9);
    expect(cwndBytes).toBeGreaterThan(1_000);
    expect(cwndBytes).toBeLessThan(1e9);
    client.destroy();
    expect(client.pathState()).toBeUndefined();
  });

  it('knows nothing of the path where the system does not tell', async () => {
    const { client } = await pair(altered(native, () => ({ getsockopt: () => -92 })));
    expect(client.pathState()).toBeUndefined();
  });

  it('sends no faster than it was limited to, until the limit is lifted', async () => {
    const { here, there, client, server } = await pair();
    const heard = gathered(server);
    client.limitRate(1e6);
    client.write(new Uint8Array(1e6));
    turnFor(100, here, there);
    expect(heard.length).toBeLessThan(0.9e6);
    client.limitRate(Number.POSITIVE_INFINITY);
    turnUntil(() => heard.length === 1e6, here, there);
  });

  describe('the end', () => {
    it('comes after all that was written', async () => {
      const { here, there, client, server } = await pair();
      const heard = gathered(server);
      const [clientClosed, serverClosed] = [jest.fn(), jest.fn()];
      client.onData(() => {});
      client.onClose(clientClosed);
      server.onClose(serverClosed);
      client.write(patterned(3_000_000));
      client.end();
      client.end();
      turnUntil(() => clientClosed.mock.calls.length + serverClosed.mock.calls.length === 2, here, there);
      expect(heard.bytes().equals(Buffer.from(patterned(3_000_000)))).toBe(true);
      turnFor(2, here, there);
      expect([clientClosed.mock.calls, serverClosed.mock.calls]).toStrictEqual([[[undefined]], [[undefined]]]);
    });

    it('lets the rest of the peer still come', async () => {
      const { here, there, client, sockets } = await pair();
      expect(there).toBeDefined();
      const heard = gathered(client);
      client.end();
      turnFor(1, here);
      sockets.server.write(Buffer.from(patterned(1_000)));
      turnUntil(() => heard.length === 1_000, here);
    });

    it('takes no more', async () => {
      const { here, client } = await pair();
      client.end();
      const done = jest.fn();
      client.write(Uint8Array.of(1), done);
      expect(done).not.toHaveBeenCalled();
      turnUntil(() => done.mock.calls.length > 0, here);
      expect(done.mock.calls).toStrictEqual([[false]]);
    });

    it('of the peer is heard of by one who comes late', async () => {
      const { here, there, client, server } = await pair();
      const first = jest.fn();
      server.onClose(first);
      client.destroy();
      turnUntil(() => first.mock.calls.length > 0, here, there);
      const late = jest.fn();
      server.onClose(late);
      expect(late.mock.calls).toStrictEqual([[undefined]]);
    });
  });

  it('that is destroyed gives up what was not sent, and says so once', async () => {
    const { here, there, client, server } = await pair();
    const [done, closed, peerClosed] = [jest.fn(), jest.fn(), jest.fn()];
    client.onClose(closed);
    server.onData(() => {});
    server.onClose(peerClosed);
    client.write(new Uint8Array(40_000_000), done);
    client.write(Uint8Array.of(1), done);
    turnFor(5, here);
    client.destroy();
    client.destroy();
    expect([done.mock.calls, closed.mock.calls]).toStrictEqual([[], []]);
    client.write(Uint8Array.of(1), done);
    turnUntil(() => done.mock.calls.length === 3 && peerClosed.mock.calls.length === 1, here, there);
    turnFor(2, here, there);
    expect([done.mock.calls, closed.mock.calls]).toStrictEqual([[[false], [false], [false]], [[undefined]]]);
  });

  it('that the peer resets ends with one clear error', async () => {
    const context = contextOn(native);
    const [peer, socket] = await connection();
    const stream = taken(context, socket);
    const [closed, done] = [jest.fn(), jest.fn()];
    stream.onClose(closed);
    stream.onData(() => {});
    stream.write(new Uint8Array(40_000_000), done);
    turnFor(2, context);
    peer.resetAndDestroy();
    await new Promise((resolve) => setImmediate(resolve));
    turnUntil(() => closed.mock.calls.length > 0, context);
    const [[error]] = closed.mock.calls as [[Error]];
    expect(error).toBeInstanceOf(TransportError);
    expect(['ECONNRESET', 'EPIPE']).toContain(codeOf(error));
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+: [^\n]+$/);
    expect(done.mock.calls).toStrictEqual([[false]]);
  });

  // The number may be that of another by then.
  it.each(['quiet', 'writing', 'ending', 'writing and ending'])(
    'leaves its descriptor alone once it is closed: %s',
    async (way) => {
      const closed = new Set<number>();
      const after: string[] = [];
      const watch = (call: string) => (fd: number) => {
        if (closed.has(fd)) after.push(call);
        return undefined;
      };
      const watched = altered(native, () => ({
        close: (fd) => {
          watch('close')(fd);
          closed.add(fd);
          return undefined;
        },
        ...Object.fromEntries(
          (['send', 'recv', 'shutdown', 'setsockopt', 'getsockopt', 'dup'] as const).map((call) => [call, watch(call)]),
        ),
      }));
      const context = contextOn(watched);
      const [socket] = await connection();
      const stream = taken(context, socket);
      if (way.includes('writing')) stream.write(Uint8Array.of(1));
      if (way.includes('ending')) stream.end();
      stream.destroy();
      turnFor(1, context);
      expect([...closed]).toStrictEqual([stream.fd]);
      expect(after).toStrictEqual([]);
      stream.end();
      stream.limitRate(1e6);
      stream.pathState();
      stream.write(Uint8Array.of(1));
      stream.destroy();
      turnFor(1, context);
      expect(after).toStrictEqual([]);
    },
  );

  it('is taken over from Node, which reads nothing from then on', async () => {
    const context = contextOn(native);
    const [client, server] = await connection();
    const portable = new PortableStream(server, context.clock);
    const read = jest.fn();
    portable.onData(read);
    const fd = portable.descriptor() as number;
    expect(fd).toBeGreaterThan(2);
    const stream = new LinuxStream(context, native.calls.dup(fd));
    opened.push({ close: () => stream.destroy() });
    client.write(Buffer.from(patterned(50_000)));
    // Node gets every chance to read.
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve, 1));
    const heard = gathered(stream);
    turnUntil(() => heard.length === 50_000, context);
    expect(heard.bytes().equals(Buffer.from(patterned(50_000)))).toBe(true);
    expect(read).not.toHaveBeenCalled();
    server.destroy();
    await new Promise((resolve) => setImmediate(resolve));
    expect(portable.descriptor()).toBeUndefined();
  });

  it('has arrivals that lie between the sending and now', async () => {
    const { here, there, client, server } = await pair();
    const begin = here.clock.now();
    let arrival: number | undefined;
    client.onData((_, at) => {
      arrival = at;
    });
    server.write(Uint8Array.of(1));
    turnUntil(() => arrival !== undefined, here, there);
    expect(arrival).toBeGreaterThan(begin);
    expect(arrival).toBeLessThanOrEqual(here.clock.now());
    expect((arrival as number) - begin).toBeLessThan(milliseconds(4_000));
  });
});
