import { milliseconds } from '@pathgauge/units';
import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { patterned, streamPairs } from '../../test/linux/stream-pairs';
import { PortableStream } from '../portable/portable-streams';
import { EAGAIN, EINTR } from './abi';
import { LinuxStream } from './linux-stream';
import { Memory } from './memory';
import type { Native } from './system-calls';

describeHere('LinuxStream', (native) => {
  const { connection, taken, pair, gathered, opened } = streamPairs(native);

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
