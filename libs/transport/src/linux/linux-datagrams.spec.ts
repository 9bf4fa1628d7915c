import { altered, contextOn, describeHere, turnUntil } from '../../test/linux/altered-native';
import { datagramScene, FAMILIES, gathered, LOOPBACK, numberOf, sendMany, upTo } from '../../test/linux/datagram-scene';
import type { Endpoint } from '../address';
import type { LinuxDatagrams } from './linux-datagrams';
import { besideDatagrams, connectDatagrams } from './open-datagrams';

describeHere('LinuxDatagrams', (native) => {
  const { bound, connected, kept } = datagramScene(native);

  describe('hop limit and traffic class', () => {
    const cases = [
      ['IPv4', LOOPBACK[4], LOOPBACK[4]],
      ['IPv6', LOOPBACK[6], LOOPBACK[6]],
      ['IPv4 to a server of both families', undefined, LOOPBACK[4]],
      ['IPv6 to a server of both families', undefined, LOOPBACK[6]],
    ] as const;

    it.each(cases)('arrive as they were sent over %s', (_, address, to) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address } });
      const heard = gathered(server);
      for (const [ttl, dscp] of [
        [7, 46],
        [255, 0],
        [1, 63],
      ] as const) {
        heard.all.length = 0;
        connected(context, { address: to, port: server.local.port }, { ttl, trafficClass: dscp << 2 }).send(
          Uint8Array.of(1),
        );
        turnUntil(() => heard.all.length === 1, context);
        expect(heard.all[0]).toMatchObject({ hopLimit: ttl, trafficClass: dscp << 2, source: { address: to } });
      }
    });

    it.each(cases)('of a bound socket are those that were asked for: %s', (_, address, to) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address }, ttl: 9, trafficClass: 40 });
      const client = bound(context, { bind: { address: to } });
      const heard = gathered(client);
      server.send(Uint8Array.of(1), client.local);
      turnUntil(() => heard.all.length === 1, context);
      expect(heard.all[0]).toMatchObject({ hopLimit: 9, trafficClass: 40 });
    });

    it.each(FAMILIES)('are those of the system where none are asked for, over IPv%d', (family) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address: LOOPBACK[family] } });
      const heard = gathered(server);
      connected(context, server.local).send(Uint8Array.of(1));
      turnUntil(() => heard.all.length === 1, context);
      expect(heard.all[0]?.trafficClass).toBe(0);
      expect(heard.all[0]?.hopLimit).toBeGreaterThan(30);
    });
  });

  describe('a socket that takes one peer over', () => {
    it.each([
      ['an address', LOOPBACK[4]],
      ['all addresses', undefined],
    ])('has its datagrams from then on, the bound one of %s those of others', (_, address) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address } });
      const { port } = server.local;
      const [peer, other] = [0, 1].map(() => connected(context, { address: LOOPBACK[4], port })) as [
        LinuxDatagrams,
        LinuxDatagrams,
      ];
      const before = gathered(server);
      peer.send(Uint8Array.of(0, 0, 0, 1));
      turnUntil(() => before.all.length === 1, context);
      const own = besideDatagrams(context, server.bound, LOOPBACK[4], peer.local, {});
      kept(own);
      const after = gathered(own);
      for (const number of upTo(20)) {
        peer.send(Uint8Array.of(0, 0, 1, number));
        other.send(Uint8Array.of(0, 0, 2, number));
      }
      turnUntil(() => after.all.length + before.all.length === 41, context);
      expect(after.all.map(numberOf)).toStrictEqual(upTo(20).map((number) => 256 + number));
      expect(before.all.slice(1).map(numberOf)).toStrictEqual(upTo(20).map((number) => 512 + number));
      const back = gathered(peer);
      own.send(Uint8Array.of(0, 0, 0, 8));
      turnUntil(() => back.all.length === 1, context);
      // Two servers on one port would take each other's clients.
      for (const each of [address, LOOPBACK[4]]) {
        expect(() => bound(context, { bind: { address: each, port } })).toThrow(
          expect.objectContaining({ code: 'EADDRINUSE' }),
        );
      }
      own.close();
      peer.send(Uint8Array.of(0, 0, 3, 0));
      turnUntil(() => before.all.length === 22, context);
    });
  });

  it.each([
    ['an address', LOOPBACK[4]],
    ['all addresses', undefined],
  ])('a socket that takes one peer over gets nothing of others before it is connected: %s', (_, address) => {
    let whileNotConnected = (): void => {};
    const watched = altered(native, () => ({
      connect: () => {
        whileNotConnected();
        return undefined;
      },
    }));
    const context = contextOn(watched);
    const server = bound(context, { bind: { address } });
    const to = { address: LOOPBACK[4], port: server.local.port };
    const [peer, other] = [connected(context, to), connected(context, to)];
    const heard = gathered(server);
    whileNotConnected = () => other.send(Uint8Array.of(0, 0, 0, 5));
    const own = besideDatagrams(context, server.bound, LOOPBACK[4], peer.local, {});
    kept(own);
    turnUntil(() => heard.all.length === 1, context);
    expect(heard.all.map(({ source }) => source)).toStrictEqual([other.local]);
  });

  it('knows each of many senders by its own address', () => {
    const context = contextOn(native);
    const server = bound(context, {});
    const heard = gathered(server);
    const expected: Endpoint[] = [];
    for (const number of upTo(150)) {
      for (const address of [`127.0.${number}.9`, LOOPBACK[6]]) {
        const to = { address: address === LOOPBACK[6] ? address : LOOPBACK[4], port: server.local.port };
        const client = connectDatagrams(context, to, { bind: { address } });
        client.send(Uint8Array.of(1));
        expected.push(client.local);
        client.close();
      }
    }
    turnUntil(() => heard.all.length === expected.length, context);
    expect(heard.all.map(({ source }) => source)).toStrictEqual(expected);
  });

  it('closes its descriptor once, also when it cannot be opened', () => {
    const open = new Set<number>();
    let closedTwice = 0;
    const counted = altered(native, () => ({
      socket: (...args) => {
        const fd = native.calls.socket(...args);
        open.add(fd);
        return fd;
      },
      close: (fd) => {
        if (!open.delete(fd)) closedTwice++;
        return undefined;
      },
    }));
    const context = contextOn(counted);
    const socket = bound(context);
    const { port } = socket.local;
    expect(open.size).toBe(1);
    expect(() => bound(context, { bind: { address: LOOPBACK[4], port } })).toThrow(/already in use/);
    expect(() => connected(context, { address: '127.0.0.1', port: 1 }, { bind: { address: '198.51.100.1' } })).toThrow(
      /not one of this host/,
    );
    expect(open.size).toBe(1);
    socket.close();
    socket.close();
    expect([open.size, closedTwice]).toStrictEqual([0, 0]);
    socket.send(Uint8Array.of(1));
    expect(sendMany(socket, new Uint8Array(10), 5)).toBe(0);
    expect(socket.dropped()).toBeUndefined();
  });
});
