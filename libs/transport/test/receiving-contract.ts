import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after as instantAfter, milliseconds } from '@pathgauge/units';
import type { Endpoint } from '../src/address';
import type { Timer } from '../src/clock';
import { ownAddresses } from '../src/names';
import {
  type ContractSockets,
  FAMILIES,
  LOOPBACK,
  promised,
  refusals,
  sentMany,
  taken,
  until,
} from './contract-sockets';

/** Datagrams as they come. */
export function describeReceiving({ transport, opened, bound, connected }: ContractSockets): void {
  describe('datagrams', () => {
    it.each(FAMILIES)('go to a server and back over IPv%d, with the moment of arrival', async (family) => {
      const server = await bound(LOOPBACK[family]);
      const client = await connected(server.local);
      const begin = transport.clock.now();
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          expect(batch.source(i)).toStrictEqual(client.local);
          expect(batch.arrival(i)).toBeGreaterThanOrEqual(begin);
          // In place, as a reflector does it.
          const payload = batch.payload(i);
          payload[0] = 2;
          batch.reply(i, payload);
        }
      });
      const replies = taken(client, 1);
      client.send(Uint8Array.of(1, 7, 9));
      const [reply] = await replies;
      expect(reply?.payload).toStrictEqual(Uint8Array.of(2, 7, 9));
      expect(reply?.source).toStrictEqual(server.local);
      expect(reply?.arrival).toBeGreaterThan(begin);
      expect(reply?.arrival).toBeLessThanOrEqual(transport.clock.now());
      expect(server.local.address).toBe(LOOPBACK[family]);
    });

    it('come to one socket from both families, each known by its own address', async () => {
      const server = await bound();
      const { port } = server.local;
      const clients = await Promise.all(FAMILIES.map((family) => connected({ address: LOOPBACK[family], port })));
      const requests = taken(server, clients.length);
      const replies = clients.map((client) => taken(client, 1));
      for (const client of clients) client.send(Uint8Array.of(1));
      for (const { source } of await requests) server.send(Uint8Array.of(5), source);
      for (const [reply] of await Promise.all(replies)) expect(reply?.payload).toStrictEqual(Uint8Array.of(5));
      const sources = (await requests).map(({ source }) => source.address).sort();
      expect(sources).toStrictEqual(['127.0.0.1', '::1']);
    });

    it('are answered from the address that they came to, which is told, by a socket for all of them', async () => {
      const server = await bound();
      const { port } = server.local;
      // In one batch, from one port: nothing but the address asked tells them apart.
      const asked = [...new Set(['127.0.0.1', '::1', ...ownAddresses().map(({ address }) => address)])];
      const destinations: (string | undefined)[] = [];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          destinations.push(batch.destination(i));
          batch.reply(i, batch.payload(i));
        }
      });
      for (const address of asked) {
        const client = await connected({ address, port });
        const replies = taken(client, 2);
        for (const number of [1, 2]) client.send(Uint8Array.of(number));
        // A connected socket hears that address alone.
        expect((await replies).map(({ payload }) => payload[0])).toStrictEqual([1, 2]);
      }
      expect(destinations).toStrictEqual(asked.flatMap((address) => [address, address]));
    });

    it('come to a socket of one address, which is told', async () => {
      for (const family of FAMILIES) {
        const server = await bound(LOOPBACK[family]);
        const told = promised<[string | undefined, boolean]>();
        server.onBatch((batch) => told.resolve([batch.destination(0), batch.socket === server]));
        (await connected(server.local)).send(Uint8Array.of(1));
        expect(await told.promise).toStrictEqual([LOOPBACK[family], true]);
      }
    });

    it('come in batches, none lost or twice, and leave no backlog', async () => {
      const many = 200;
      const server = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      const all = taken(server, many);
      for (let i = 0; i < many; i++) client.send(Uint8Array.of(i));
      expect((await all).map(({ payload }) => payload[0])).toStrictEqual(Array.from({ length: many }, (_, i) => i));
      await until(() => client.backlog === 0);
    });

    it('of a stranger do not come through to a connected socket', async () => {
      const server = await bound(LOOPBACK[4]);
      const stranger = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      const heard = taken(client, 1);
      stranger.send(Uint8Array.of(66), client.local);
      server.send(Uint8Array.of(1), client.local);
      expect((await heard)[0]?.payload).toStrictEqual(Uint8Array.of(1));
    });

    it('carry up to 65507 bytes; more is an error', async () => {
      const server = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      const heard = taken(server, 1);
      const told = refusals(client);
      client.send(new Uint8Array(65_508).fill(5));
      await until(() => told.length === 1);
      expect(told).toStrictEqual([{ payload: Array(65_508).fill(5), code: 'EMSGSIZE' }]);
      client.send(new Uint8Array(65_507).fill(3));
      expect((await heard)[0]?.payload).toStrictEqual(new Uint8Array(65_507).fill(3));
    });

    it('are neither sent nor heard after the close, which may come twice', async () => {
      const server = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      const heard = taken(server, 1);
      client.close();
      client.close();
      client.send(Uint8Array.of(1));
      (await connected(server.local)).send(Uint8Array.of(2));
      expect((await heard)[0]?.payload).toStrictEqual(Uint8Array.of(2));
    });

    it('that the system drops are counted, where it tells', async () => {
      const server = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      if (!existsSync('/proc/net/udp')) {
        process.stderr.write(`skipped: this ${process.platform} does not tell what a socket dropped\n`);
        return;
      }
      expect([server.dropped(), client.dropped()]).toStrictEqual([0, 0]);
      // 24 MB at a time, as long as nobody reads: more than any receive buffer that this host grants.
      const { address, port } = server.local;
      const flood = `const socket = require('node:dgram').createSocket('udp4');
        let left = 400;
        const sent = () => { if (--left === 0) socket.close(); };
        for (let i = 0; i < 400; i++) socket.send(Buffer.alloc(60000), ${port}, '${address}', sent);`;
      execFileSync(process.execPath, ['-e', flood]);
      expect(server.dropped()).toBeGreaterThan(0);
      expect(client.dropped()).toBe(0);
      server.close();
      expect(server.dropped()).toBeUndefined();
    });

    it('leave with the hop limit and from the address that were asked for', async () => {
      const server = await bound(LOOPBACK[4]);
      const client = await transport.connectDatagrams(server.local, { bind: { address: '127.0.0.2' }, ttl: 1 });
      opened.push(client);
      const heard = taken(server, 1);
      client.send(Uint8Array.of(1));
      expect((await heard)[0]?.source.address).toBe('127.0.0.2');
    });

    it.each([
      ['a timer', (): Timer => transport.timer()],
      ['a coarse timer', (): Timer => transport.coarseTimer()],
    ])('that came while all was held up are handed up before %s that was due meanwhile', async (_, makeTimer) => {
      const trigger = await bound(LOOPBACK[4]);
      const server = await bound(LOOPBACK[4]);
      // More than are read in one go, where the system grants the room: of a small one it counts several hundred bytes.
      const many = Math.min(2_000, Math.floor((server.receiveBufferBytes ?? 0) / 1_000));
      let heard = 0;
      server.onBatch((batch) => {
        heard += batch.count;
      });
      // In the midst of a turn: what is ready was asked before.
      trigger.onBatch(() => sendFromElsewhere(many, server.local));
      const fired = new Promise<number>((resolve) =>
        makeTimer().set(instantAfter(transport.clock.now(), milliseconds(20)), () => resolve(heard)),
      );
      trigger.send(Uint8Array.of(1), trigger.local);
      expect(await fired).toBe(many);
    });

    it('come one by one on a socket that was not opened to coalesce', async () => {
      const server = await bound(LOOPBACK[4]);
      expect(server.offloads).toStrictEqual([]);
      const client = await transport.connectDatagrams(server.local, { coalesce: true });
      opened.push(client);
      const lengths: [number, number][] = [];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) lengths.push([batch.payload(i).length, batch.segmentBytes(i)]);
      });
      for (const length of [64, 0, 1_472]) client.send(new Uint8Array(length));
      await until(() => lengths.length === 3);
      for (let sent = 0; sent < 30; ) sent += (await sentMany(client, new Uint8Array((30 - sent) * 100), 100)).sent;
      await until(() => lengths.length === 33);
      const expected = [64, 0, 1_472, ...Array.from({ length: 30 }, () => 100)];
      expect(lengths).toStrictEqual(expected.map((length) => [length, length]));
    });

    it('have room to wait in until they are read, where the system tells', async () => {
      const server = await bound(LOOPBACK[4]);
      const { receiveBufferBytes } = server;
      if (receiveBufferBytes !== undefined) expect(receiveBufferBytes).toBeGreaterThan(1_000);
    });

    it('say where their arrival was stamped: where the socket says, or in the program', async () => {
      const server = await bound(LOOPBACK[4]);
      const client = await connected(server.local);
      const sources: string[] = [];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) sources.push(batch.arrivalSource(i));
      });
      for (let i = 0; i < 20; i++) client.send(Uint8Array.of(i));
      await until(() => sources.length === 20);
      for (const source of sources) expect([server.receiveTimestamps, 'user']).toContain(source);
    });

    it('have a hop limit and a traffic class that fit their octets, where the system tells', async () => {
      const server = await bound();
      const { port } = server.local;
      for (const family of FAMILIES) {
        const told = promised<[number | undefined, number | undefined]>();
        server.onBatch((batch) => told.resolve([batch.hopLimit(0), batch.trafficClass(0)]));
        const peer = { address: LOOPBACK[family], port };
        const client = await transport.connectDatagrams(peer, family === 4 ? { ttl: 3 } : {});
        opened.push(client);
        client.send(Uint8Array.of(1));
        const [hopLimit, trafficClass] = await told.promise;
        expect([undefined, 0]).toContain(trafficClass);
        if (hopLimit === undefined) continue;
        if (family === 4) expect(hopLimit).toBe(3);
        expect(hopLimit).toBeLessThanOrEqual(255);
      }
    });
  });
}
/** Has another process send so many small datagrams, while this one stands still for a tenth of a second at least. */
function sendFromElsewhere(count: number, { address, port }: Endpoint): void {
  const code = `const socket = require('node:dgram').createSocket('udp4');
    let left = ${count};
    const sent = () => { if (--left === 0) setTimeout(() => socket.close(), 100); };
    for (let i = 0; i < ${count}; i++) socket.send('x', ${port}, '${address}', sent);`;
  execFileSync(process.execPath, ['-e', code]);
}
