import { altered, contextOn, describeHere, openedSockets, turnFor, turnUntil } from '../../test/linux/altered-native';
import { gathered, LOOPBACK, numbered, numberOf, sendMany, upTo } from '../../test/linux/datagram-scene';
import { thieves } from '../../test/thieves';
import type { Endpoint } from '../address';
import { EADDRINUSE, EINVAL, SO_REUSEPORT, SOL_SOCKET } from './abi';
import type { LinuxDatagrams } from './linux-datagrams';
import { Memory } from './memory';
import { besideDatagrams } from './open-datagrams';

const SO_BROADCAST = 6;

describeHere('LinuxDatagrams on all addresses', (native) => {
  const one = new Memory(native, 8);
  one.setU32(0, 1);
  const { bound, connected, kept } = openedSockets();

  it('a socket that takes one peer over answers from the address that was asked, and hears nothing older', () => {
    let whileNotConnected = (): void => {};
    const watched = altered(native, () => ({
      connect: () => {
        whileNotConnected();
        return undefined;
      },
    }));
    const context = contextOn(watched);
    const server = bound(context, {});
    const [peer, other] = [0, 1].map(() => connected(context, { address: '127.0.0.7', port: server.local.port })) as [
      LinuxDatagrams,
      LinuxDatagrams,
    ];
    whileNotConnected = () => other.send(Uint8Array.of(0, 0, 0, 5));
    const own = besideDatagrams(context, server.bound, '127.0.0.7', peer.local, {});
    kept(own);
    whileNotConnected = () => {};
    expect(own.local).toStrictEqual({ address: '127.0.0.7', port: server.local.port });
    const [heard, back] = [gathered(own), gathered(peer)];
    peer.send(Uint8Array.of(0, 0, 0, 1));
    own.send(Uint8Array.of(0, 0, 0, 2));
    turnUntil(() => heard.all.length > 0 && back.all.length === 1, context);
    expect(heard.all.map(numberOf)).toStrictEqual([1]);
  });

  it('a socket that is bound, and not yet shut off from others, gets nothing of them either', () => {
    let whileJoined = (): void => {};
    const watched = altered(native, () => ({
      bind: (...args) => {
        const result = native.calls.bind(...args);
        whileJoined();
        return result;
      },
    }));
    const context = contextOn(watched);
    const server = bound(context, {});
    const to = { address: LOOPBACK[4], port: server.local.port };
    const peer = connected(context, to);
    // The system would give each of two sockets every other of these.
    const others = upTo(40).map(() => connected(context, to));
    const heard = gathered(server);
    whileJoined = () => {
      for (const other of others) other.send(Uint8Array.of(1, 2, 3, 4));
    };
    kept(besideDatagrams(context, server.bound, LOOPBACK[4], peer.local, {}));
    turnFor(5, context);
    expect(heard.all).toHaveLength(40);
  });

  it('many sockets may take peers over from one at a time, while it lets nobody else in', () => {
    let [opens, shuts] = [0, 0];
    const context = contextOn(
      altered(native, (peek) => ({
        setsockopt: (_fd, level, name, value) => {
          if (level === SOL_SOCKET && name === SO_REUSEPORT) peek(value) === 1 ? opens++ : shuts++;
          return undefined;
        },
        // Another thread has done with its own and shut it.
        bind: () => (opens % 3 === 2 ? -EADDRINUSE : undefined),
      })),
    );
    const server = bound(context, {});
    for (const number of upTo(20)) {
      const peer = connected(context, { address: LOOPBACK[number % 2 === 0 ? 4 : 6], port: server.local.port });
      kept(besideDatagrams(context, server.bound, LOOPBACK[number % 2 === 0 ? 4 : 6], peer.local, {}));
    }
    expect(opens).toBeGreaterThan(shuts);
    expect(() => bound(contextOn(native), { bind: { port: server.local.port } })).toThrow(
      expect.objectContaining({ code: 'EADDRINUSE' }),
    );
  });

  describe('a server of all addresses', () => {
    const addresses = ['127.0.0.1', '127.0.0.2', '::1', '127.9.8.7'];

    it.each([
      ['both families', undefined, addresses],
      ['both families, as ::', '::', addresses],
      ['IPv4', '0.0.0.0', addresses.filter((address) => address !== '::1')],
    ])('answers many at once, each from the address that was asked, and says which: %s', (_, address, asked) => {
      const [here, there] = [contextOn(native), contextOn(native)];
      const server = bound(here, { bind: { address } });
      const destinations: (string | undefined)[] = [];
      server.onBatch((batch) => {
        expect(batch.socket).toBe(server);
        for (let i = 0; i < batch.count; i++) {
          destinations.push(batch.destination(i));
          batch.reply(i, batch.payload(i));
        }
      });
      // From one address and port, so that nothing but the address asked tells them apart.
      const client = (to: string): LinuxDatagrams => {
        const from = to === '::1' ? to : LOOPBACK[4];
        return connected(there, { address: to, port: server.local.port }, { bind: { address: from } });
      };
      const clients = asked.map(client);
      const heard = clients.map(gathered);
      // Single ones, then so many that they are cut by the system.
      for (const number of upTo(100)) {
        clients[number % clients.length]?.send(numbered(number + 1, 64).subarray(number * 64));
        if (number < 8) turnUntil(() => heard.reduce((sum, { all }) => sum + all.length, 0) > number, here, there);
      }
      for (const each of clients) sendMany(each, numbered(40, 64), 64);
      const total = 100 + 40 * clients.length;
      turnUntil(() => heard.reduce((sum, { all }) => sum + all.length, 0) === total, here, there);
      heard.forEach(({ all }, i) => {
        const mine = upTo(100).filter((number) => number % clients.length === i);
        expect(all.map(numberOf)).toStrictEqual([...mine, ...upTo(40)]);
        expect(destinations.filter((destination) => destination === asked[i])).toHaveLength(all.length);
      });
    });

    it('tells apart to which address one and the same sender has sent', () => {
      const [here, there] = [contextOn(native), contextOn(native)];
      const server = bound(here, {});
      const seen: [string | undefined, number][] = [];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          seen.push([batch.destination(i), numberOf({ bytes: batch.payload(i) })]);
          batch.reply(i, batch.payload(i));
        }
      });
      const client = bound(there);
      const heard = gathered(client);
      const { port } = server.local;
      // These two have one place in the memory of addresses.
      const asked = ['127.0.0.1', '127.0.1.0'] as const;
      const to = (number: number): Endpoint => ({ address: asked[Math.floor(number / 3) % 2] as string, port });
      for (const number of upTo(60)) client.send(numbered(number + 1, 8).subarray(8 * number), to(number));
      turnUntil(() => heard.all.length === 60, here, there);
      expect(seen).toStrictEqual(upTo(60).map((number) => [to(number).address, number]));
      expect(heard.all.map(({ source }) => source)).toStrictEqual(upTo(60).map(to));
    });

    it('leaves the address to the system for what went to many, and still answers', () => {
      // Of a broadcast the system tells an address of its own in the first of the two.
      const context = contextOn(native);
      const server = bound(context, { bind: { address: '0.0.0.0' } });
      const told: (string | undefined)[] = [];
      server.onBatch((batch) => {
        told.push(batch.destination(0));
        batch.reply(0, batch.payload(0));
      });
      const client = bound(context);
      const heard = gathered(client);
      expect(native.calls.setsockopt(client.fd, SOL_SOCKET, SO_BROADCAST, one.address, 4)).toBe(0);
      client.send(Uint8Array.of(1, 2, 3, 4), { address: '127.255.255.255', port: server.local.port });
      turnUntil(() => heard.all.length === 1, context);
      expect(told).not.toContain('127.255.255.255');
      expect(heard.all[0]?.source.address).not.toBe('127.255.255.255');
    });

    it('goes on having sends cut after one was refused for its address', () => {
      let refusals = 0;
      let parts = 0;
      const here = contextOn(
        altered(native, (peek) => ({
          sendmmsg: (_fd, messages) => {
            parts = Math.max(parts, peek(messages + 24));
            return refusals-- > 0 ? -EINVAL : undefined;
          },
        })),
      );
      const there = contextOn(native);
      const server = bound(here, {});
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
      });
      const client = connected(there, { address: '127.0.0.2', port: server.local.port });
      const heard = gathered(client);
      // One send that is cut, then each of its forty parts.
      refusals = 41;
      sendMany(client, numbered(40, 64), 64);
      turnFor(3, here);
      expect(refusals).toBe(0);
      parts = 0;
      sendMany(client, numbered(40, 64), 64);
      turnUntil(() => heard.all.length === 40, here, there);
      expect(parts).toBe(40);
    });
  });

  it.each([
    ['an address', LOOPBACK[4]],
    ['all addresses', undefined],
  ])('nobody can bind the port of a server of %s, whatever they let others do', (_, address) => {
    const server = bound(contextOn(native), { bind: { address } });
    const { port } = server.local;
    const peer = connected(contextOn(native), { address: LOOPBACK[4], port });
    const own = besideDatagrams(contextOn(native), server.bound, LOOPBACK[4], peer.local, {});
    kept(own);
    expect(thieves(port, ['127.0.0.1', '0.0.0.0', '::'])).toStrictEqual([]);
    own.close();
    expect(thieves(port, ['127.0.0.1', '0.0.0.0', '::'])).toStrictEqual([]);
    // What could take it where the server is none.
    server.close();
    expect(thieves(port, ['127.0.0.1']).length).toBeGreaterThan(0);
  });
});
