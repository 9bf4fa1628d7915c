import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after as instantAfter, milliseconds, span } from '@pathgauge/units';
import type { Endpoint } from '../src/address';
import type { Timer } from '../src/clock';
import { codeOf, TransportError } from '../src/errors';
import { ownAddresses } from '../src/names';
import type { DatagramBatch, DatagramSocket, Listener, StreamSocket, Transport } from '../src/transport';
import { thieves } from './thieves';

const TIMEOUT_MS = 5_000;
const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;
const FAMILIES = [4, 6] as const;
/** From the loopback address no way leads there, whatever routes a host has. */
const NOWHERE: Endpoint = { address: '198.51.100.1', port: 9 };

/** The tests that every transport must pass, over the loopback interface. For specs only. */
export function describeTransport(name: string, makeTransport: () => Transport): void {
  describe(`${name} transport`, () => {
    const transport = makeTransport();
    const opened: { close(): void }[] = [];

    const bound = async (address?: string, port = 0): Promise<DatagramSocket> => {
      const socket = await transport.bindDatagrams({ bind: { address, port } });
      opened.push(socket);
      return socket;
    };
    const connected = async (peer: Endpoint): Promise<DatagramSocket> => {
      const socket = await transport.connectDatagrams(peer, {});
      opened.push(socket);
      return socket;
    };
    const listening = async (
      onConnection: (stream: StreamSocket) => void,
      address?: string,
      port = 0,
    ): Promise<Listener> => {
      const listener = await transport.listen({ address, port }, (stream) => {
        opened.push({ close: () => stream.destroy() });
        onConnection(stream);
      });
      opened.push(listener);
      return listener;
    };
    const connectTo = async (peer: Endpoint): Promise<StreamSocket> => {
      const stream = await transport.connectStream(peer, { timeoutMs: TIMEOUT_MS });
      opened.push({ close: () => stream.destroy() });
      return stream;
    };
    /** Both ends of a connection. */
    const streamPair = async (address: string = LOOPBACK[4]): Promise<[client: StreamSocket, server: StreamSocket]> => {
      const accepted = promised<StreamSocket>();
      const { local } = await listening(accepted.resolve, address);
      return [await connectTo(local), await accepted.promise];
    };

    afterEach(() => {
      for (const each of opened.splice(0)) each.close();
    });

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

      it('to a port where nobody listens are told of, and the socket lives on', async () => {
        const gone = await bound(LOOPBACK[4]);
        gone.close();
        const client = await connected(gone.local);
        const told = promised<Error>();
        client.onError(told.resolve);
        client.send(Uint8Array.of(1));
        expect(codeOf(await told.promise)).toBe('ECONNREFUSED');
        const back = await bound(LOOPBACK[4], gone.local.port);
        const heard = taken(back, 1);
        client.send(Uint8Array.of(2));
        expect((await heard)[0]?.payload).toStrictEqual(Uint8Array.of(2));
      });

      it('to an address that nothing can be sent to are told of, and the socket lives on', async () => {
        const server = await bound(LOOPBACK[4]);
        const told = refusals(server);
        // A datagram can be forged to come from port 0: answering it must not end a server.
        server.send(Uint8Array.of(1), { address: LOOPBACK[4], port: 0 });
        await until(() => told.length === 1);
        expect(told[0]?.payload).toStrictEqual([1]);
        const client = await connected(server.local);
        const heard = taken(client, 1);
        server.send(Uint8Array.of(2), client.local);
        expect((await heard)[0]?.payload).toStrictEqual(Uint8Array.of(2));
      });

      it('that are refused are told of once each, in order, before the event loop turns, and those between arrive', async () => {
        const server = await bound(LOOPBACK[4]);
        const sender = await bound(LOOPBACK[4]);
        const told = refusals(sender);
        const errors: Error[] = [];
        sender.onError((error) => errors.push(error));
        const heard = taken(server, 5);
        for (let i = 0; i < 10; i++) sender.send(Uint8Array.of(i), i % 2 === 0 ? NOWHERE : server.local);
        const arrived = (await heard).map(({ payload }) => payload[0]);
        expect(arrived).toStrictEqual([1, 3, 5, 7, 9]);
        expect(told.map(({ payload }) => payload)).toStrictEqual([[0], [2], [4], [6], [8]]);
        expect(new Set(told.map(({ code }) => code))).toStrictEqual(new Set([told[0]?.code]));
        expect(['EINVAL', 'ENETUNREACH', 'EHOSTUNREACH']).toContain(told[0]?.code);
        expect(errors).toStrictEqual([]);
        expect(sender.backlog).toBe(0);
        sender.send(Uint8Array.of(10), NOWHERE);
        await sameTurn();
        expect(told).toHaveLength(6);
      });

      it('that are refused when many are handed over at once end the call, and the next may be sent', async () => {
        const server = await bound(LOOPBACK[4]);
        const sender = await bound(LOOPBACK[4]);
        const told = refusals(sender);
        const errors: Error[] = [];
        sender.onError((error) => errors.push(error));
        const outcome = await sentMany(sender, new Uint8Array(500), 100, NOWHERE);
        expect(outcome.sent).toBe(0);
        expect(outcome.refused).toBeGreaterThan(0);
        expect(['EINVAL', 'ENETUNREACH', 'EHOSTUNREACH']).toContain(outcome.code);
        const heard = taken(server, 1);
        expect((await sentMany(sender, Uint8Array.of(7), 1, server.local)).sent).toBe(1);
        expect((await heard)[0]?.payload).toStrictEqual(Uint8Array.of(7));
        expect([told, errors]).toStrictEqual([[], []]);
      });

      it('to a port where nobody listens are sent each, and none is refused', async () => {
        const gone = await bound(LOOPBACK[4]);
        gone.close();
        const client = await connected(gone.local);
        const told = refusals(client);
        const errors: string[] = [];
        client.onError((error) => errors.push(codeOf(error) ?? ''));
        const outcomes: unknown[] = [];
        for (let i = 0; i < 20; i++) {
          client.send(Uint8Array.of(i));
          outcomes.push(await sentMany(client, Uint8Array.of(i), 1));
        }
        await until(() => errors.length > 0);
        expect(outcomes).toStrictEqual(Array(20).fill({ sent: 1, refused: 0, code: undefined }));
        expect(told).toStrictEqual([]);
        expect(new Set(errors)).toStrictEqual(new Set(['ECONNREFUSED']));
        // As many answers as datagrams at the most, each told once.
        expect(errors.length).toBeLessThanOrEqual(40);
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

      it('are cut and counted when many are handed over at once', async () => {
        const [total, length] = [100, 60];
        const bytes = Uint8Array.from({ length: total * length + 59 }, (_, i) => Math.floor(i / length));
        const server = await bound(LOOPBACK[4]);
        for (const [client, to] of [
          [await connected(server.local), undefined],
          [await bound(LOOPBACK[4]), server.local],
        ] as const) {
          const heard = taken(server, total);
          let sent = 0;
          while (sent < total) {
            const outcome = await sentMany(client, bytes.subarray(sent * length), length, to);
            expect(outcome).toMatchObject({ refused: 0, code: undefined });
            expect(outcome.sent).toBeGreaterThan(0);
            sent += outcome.sent;
          }
          const all = await heard;
          expect(all.map(({ payload }) => payload.length)).toStrictEqual(Array.from({ length: total }, () => length));
          expect(all.map(({ payload }) => payload[0])).toStrictEqual(Array.from({ length: total }, (_, i) => i));
          await until(() => client.backlog === 0);
        }
      });

      it('of which there is not one whole are not sent', async () => {
        const client = await connected((await bound(LOOPBACK[4])).local);
        const nothing = { sent: 0, refused: 0, code: undefined };
        for (const length of [9, 0]) expect(await sentMany(client, new Uint8Array(length), 10)).toStrictEqual(nothing);
        expect(client.backlog).toBe(0);
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

    describe('streams', () => {
      it.each([
        [4, 1],
        [4, 65_537],
        [4, 3_000_001],
        [6, 100_000],
      ] as const)('over IPv%d bring %d bytes each way', async (family, length) => {
        const [client, server] = await streamPair(LOOPBACK[family]);
        expect(client.remote).toStrictEqual(server.local);
        expect(server.remote).toStrictEqual(client.local);
        for (const [from, to] of [
          [client, server],
          [server, client],
        ] as const) {
          const sent = Uint8Array.from({ length }, (_, i) => (i * 31) >> 3);
          const received = allOf(to, length);
          const done = promised<boolean>();
          from.write(sent, done.resolve);
          expect(Buffer.compare(await received, sent)).toBe(0);
          expect(await done.promise).toBe(true);
        }
      });

      it('come to one listener from both families', async () => {
        const sources: string[] = [];
        const { local } = await listening((stream) => sources.push(stream.remote.address));
        for (const family of FAMILIES) await connectTo({ address: LOOPBACK[family], port: local.port });
        await until(() => sources.length === 2);
        expect(sources).toStrictEqual(['127.0.0.1', '::1']);
      });

      it('end at both ends, once, after everything that was written', async () => {
        const [client, server] = await streamPair();
        const closes: unknown[] = [];
        client.onClose((error) => closes.push(['client', error]));
        server.onClose((error) => closes.push(['server', error]));
        const received = allOf(server, 500_000);
        client.onData(() => {});
        client.write(new Uint8Array(500_000));
        client.end();
        await received;
        await until(() => closes.length === 2);
        expect(closes).toContainEqual(['client', undefined]);
        expect(closes).toContainEqual(['server', undefined]);
        const late = jest.fn();
        client.onClose(late);
        expect(late).toHaveBeenCalledTimes(1);
      });

      it('that are destroyed end at both ends, and send no more', async () => {
        const [client, server] = await streamPair();
        const ends = [client, server].map((stream) => {
          const closed = promised<Error | undefined>();
          stream.onData(() => {});
          stream.onClose(closed.resolve);
          return closed.promise;
        });
        client.destroy();
        const done = promised<boolean>();
        client.write(Uint8Array.of(1), done.resolve);
        const [own] = await Promise.all(ends);
        expect(own).toBeUndefined();
        expect(await done.promise).toBe(false);
      });

      it('stay open when their listener closes, and no more are accepted', async () => {
        const accepted = promised<StreamSocket>();
        const listener = await listening(accepted.resolve, LOOPBACK[4]);
        const client = await connectTo(listener.local);
        const server = await accepted.promise;
        listener.close();
        const received = allOf(server, 3);
        client.write(Uint8Array.of(1, 2, 3));
        expect(await received).toStrictEqual(Buffer.from([1, 2, 3]));
        await expectFailure(connectTo(listener.local), ['ECONNREFUSED']);
      });
    });

    describe('what the environment refuses', () => {
      it('a UDP port in use', async () => {
        const { port } = (await bound(LOOPBACK[4])).local;
        await expectFailure(bound(LOOPBACK[4], port), ['EADDRINUSE'], String(port));
        await expectFailure(bound(undefined, port), ['EADDRINUSE'], String(port));
        const all = (await bound()).local.port;
        for (const address of [undefined, LOOPBACK[4], LOOPBACK[6]]) {
          await expectFailure(bound(address, all), ['EADDRINUSE'], String(all));
        }
      });

      it.each(['127.0.0.1', undefined])(
        'a UDP port of %p to every other program, whatever they let others do',
        async (own) => {
          const { port } = (await bound(own)).local;
          expect(
            thieves(port, own === undefined ? ['127.0.0.1', '0.0.0.0', '::'] : ['127.0.0.1', '0.0.0.0']),
          ).toStrictEqual([]);
        },
      );

      it.each([
        ['fe80::1%no-such', 'ENODEV'],
        ['fe80::1%4000000', 'ENODEV'],
        ['fe80::1', 'EINVAL'],
      ])('%s: there is no such interface, or none is named', async (address, code) => {
        const to = { address, port: 9 };
        const attempts = [
          () => transport.resolve(address, undefined),
          () => transport.connectDatagrams(to, {}),
          () => transport.connectDatagrams({ address: '::1', port: 9 }, { bind: { address } }),
          () => bound(address),
          () => transport.connectStream(to, { timeoutMs: 100 }),
          () => transport.connectStream({ address: '::1', port: 9 }, { timeoutMs: 100, bind: address }),
          () => listening(() => {}, address),
        ];
        for (const attempt of attempts) await expectFailure(attempt(), [code], address);
      });

      it('a TCP port in use', async () => {
        const { port } = (await listening(() => {})).local;
        await expectFailure(
          listening(() => {}, undefined, port),
          ['EADDRINUSE'],
          String(port),
        );
      });

      it('a connection where nobody listens', async () => {
        const listener = await listening(() => {}, LOOPBACK[4]);
        listener.close();
        await expectFailure(connectTo(listener.local), ['ECONNREFUSED'], String(listener.local.port));
      });

      it('an address that is not of this host', async () => {
        await expectFailure(bound('198.51.100.1'), ['EADDRNOTAVAIL'], '198.51.100.1');
        await expectFailure(
          listening(() => {}, '198.51.100.1'),
          ['EADDRNOTAVAIL'],
          '198.51.100.1',
        );
      });

      it('nobody waits for any more, at once', async () => {
        const abort = new AbortController();
        const attempt = transport.connectStream(
          { address: '198.51.100.1', port: 9 },
          { timeoutMs: TIMEOUT_MS, signal: abort.signal },
        );
        abort.abort();
        // A host without a way there may have been the first to say so.
        await expectFailure(attempt, ['ECANCELED', 'ENETUNREACH', 'EHOSTUNREACH'], '198.51.100.1');
      });

      it('a network that cannot be reached', async () => {
        // From the loopback address no way leads out, whatever routes a host has.
        const away = transport.connectStream(
          { address: '198.51.100.1', port: 9 },
          { bind: '127.0.0.1', timeoutMs: 300 },
        );
        await expectFailure(away, ['EINVAL', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'], '198.51.100.1');
      });

      it('an unknown host', async () => {
        // Without a name server the answer is that none answers.
        await expectFailure(
          transport.resolve('no-such-host.invalid', undefined),
          ['ENOTFOUND', 'EAI_AGAIN'],
          'no-such',
        );
      });

      it('an address of the other family', async () => {
        await expectFailure(transport.resolve('127.0.0.1', 6), ['EAFNOSUPPORT'], '127.0.0.1');
        await expectFailure(transport.resolve('::1', 4), ['EAFNOSUPPORT'], '::1');
      });
    });

    describe('names and addresses', () => {
      it.each(['127.0.0.1', '::1', '198.51.100.1'])('%s is its own answer', async (address) => {
        expect(await transport.resolve(address, undefined)).toStrictEqual([address]);
      });

      it('localhost is an address of the wanted family', async () => {
        expect(await transport.resolve('localhost', 4)).toContain('127.0.0.1');
      });

      it.each([
        ['127.0.0.1', true],
        ['127.5.5.5', true],
        ['::1', true],
        ['198.51.100.1', false],
        ['2001:db8::1', false],
      ])('%s is one of this host: %p', (address, own) => {
        expect(transport.isOwnAddress(address)).toBe(own);
      });
    });

    describe('the own address towards a peer', () => {
      it.each(FAMILIES)('is the one that a socket to it has, over IPv%d', async (family) => {
        const server = await bound(LOOPBACK[family]);
        const client = await connected(server.local);
        expect(await transport.ownAddressTowards(server.local)).toBe(client.local.address);
      });

      it('is none where no way leads there', async () => {
        // No socket of one family has a way to a multicast address that is limited to this very host and has no interface.
        expect(await transport.ownAddressTowards({ address: '255.255.255.255', port: 9 })).toBeUndefined();
      });
    });

    describe('soon', () => {
      it('calls back once each, in order, after the call', async () => {
        const called: number[] = [];
        await new Promise<void>((resolve) => {
          transport.soon(() => called.push(1));
          transport.soon(() => {
            called.push(2);
            transport.soon(() => {
              called.push(4);
              resolve();
            });
            called.push(3);
          });
          expect(called).toStrictEqual([]);
        });
        await new Promise<void>((resolve) => transport.soon(resolve));
        expect(called).toStrictEqual([1, 2, 3, 4]);
      });

      it('does not keep sockets and timers from their turn', async () => {
        const server = await bound(LOOPBACK[4]);
        const client = await connected(server.local);
        let going = true;
        const again = (): void => {
          if (going) transport.soon(again);
        };
        again();
        const heard = taken(server, 1);
        const timer = transport.timer();
        const fired = new Promise<void>((resolve) =>
          timer.set(instantAfter(transport.clock.now(), milliseconds(3)), resolve),
        );
        client.send(Uint8Array.of(1));
        await heard;
        await fired;
        going = false;
      });
    });

    describe.each([
      ['the timer', () => transport.timer()],
      ['the coarse timer', () => transport.coarseTimer()],
    ])('%s', (_, makeTimer) => {
      it.each([0, 0.3, 2, 8])('fires once, not before its instant, %d ms ahead', async (ms) => {
        const { clock } = transport;
        const timer = makeTimer();
        const at = instantAfter(clock.now(), milliseconds(ms));
        const fired = await new Promise<number>((resolve) => timer.set(at, () => resolve(clock.now())));
        expect(fired).toBeGreaterThanOrEqual(at);
      });

      it('fires not before its instant either when much was done since the last event', async () => {
        const { clock } = transport;
        const timer = makeTimer();
        await new Promise((resolve) => setImmediate(resolve));
        const busyUntil = instantAfter(clock.now(), milliseconds(12));
        while (clock.now() < busyUntil);
        const at = instantAfter(clock.now(), milliseconds(10));
        const fired = await new Promise<number>((resolve) => timer.set(at, () => resolve(clock.now())));
        expect(fired).toBeGreaterThanOrEqual(at);
      });

      it('fires after the call that sets it, even when its instant has passed', async () => {
        const { clock } = transport;
        const timer = makeTimer();
        let returned = false;
        const fired = new Promise<boolean>((resolve) => {
          timer.set(instantAfter(clock.now(), span(-5e6)), () => resolve(returned));
          returned = true;
        });
        expect(await fired).toBe(true);
      });

      it.each([0, 5])('forgets a call that is replaced or cleared, %d ms ahead', async (ms) => {
        const { clock } = transport;
        const [replaced, cleared, later] = [makeTimer(), makeTimer(), makeTimer()];
        const forgotten = jest.fn();
        const at = instantAfter(clock.now(), milliseconds(ms));
        replaced.set(at, forgotten);
        cleared.set(at, forgotten);
        cleared.clear();
        await Promise.all([
          new Promise<void>((resolve) => replaced.set(instantAfter(at, milliseconds(1)), resolve)),
          new Promise<void>((resolve) => later.set(instantAfter(at, milliseconds(4)), resolve)),
        ]);
        expect(forgotten).not.toHaveBeenCalled();
      });

      it('may be set again from its own call', async () => {
        const { clock } = transport;
        const timer = makeTimer();
        const count = await new Promise<number>((resolve) => {
          let calls = 0;
          const again = (): void => {
            if (++calls === 3) resolve(calls);
            else timer.set(clock.now(), again);
          };
          timer.set(clock.now(), again);
        });
        expect(count).toBe(3);
      });
    });
  });
}

interface Taken {
  readonly payload: Uint8Array;
  readonly arrival: number;
  readonly source: Endpoint;
}

/** Has another process send so many small datagrams, while this one stands still for a tenth of a second at least. */
function sendFromElsewhere(count: number, { address, port }: Endpoint): void {
  const code = `const socket = require('node:dgram').createSocket('udp4');
    let left = ${count};
    const sent = () => { if (--left === 0) setTimeout(() => socket.close(), 100); };
    for (let i = 0; i < ${count}; i++) socket.send('x', ${port}, '${address}', sent);`;
  execFileSync(process.execPath, ['-e', code]);
}

/** What a socket is told not to have sent. */
function refusals(socket: DatagramSocket): { readonly payload: number[]; readonly code: string | undefined }[] {
  const all: { readonly payload: number[]; readonly code: string | undefined }[] = [];
  socket.onRefused((payload, error) => all.push({ payload: [...payload], code: codeOf(error) }));
  return all;
}

/** What became of datagrams that were handed over together. */
const sentMany = (
  socket: DatagramSocket,
  bytes: Uint8Array,
  length: number,
  to?: Endpoint,
): Promise<{ readonly sent: number; readonly refused: number; readonly code: string | undefined }> =>
  new Promise((resolve) =>
    socket.sendMany(bytes, length, to, (sent, refused, error) => resolve({ sent, refused, code: codeOf(error) })),
  );

/** Everything that follows from what was done in this turn of the event loop. */
const sameTurn = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
};

/** The next `count` datagrams of a socket. */
function taken(socket: DatagramSocket, count: number): Promise<Taken[]> {
  const all: Taken[] = [];
  return new Promise((resolve) => {
    socket.onBatch((batch: DatagramBatch) => {
      for (let i = 0; i < batch.count; i++) {
        all.push({ payload: new Uint8Array(batch.payload(i)), arrival: batch.arrival(i), source: batch.source(i) });
      }
      if (all.length >= count) resolve(all);
    });
  });
}

/** The next `length` bytes of a stream. */
function allOf(stream: StreamSocket, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  return new Promise((resolve) => {
    stream.onData((chunk) => {
      chunks.push(Buffer.from(chunk));
      total += chunk.length;
      if (total >= length) resolve(Buffer.concat(chunks));
    });
  });
}

/** A `TransportError` with one of these codes, which tells the place in one line. */
async function expectFailure(attempt: Promise<unknown>, codes: readonly string[], place = ''): Promise<void> {
  const error: unknown = await attempt.then(
    () => 'it succeeded',
    (failure) => failure,
  );
  expect(error).toBeInstanceOf(TransportError);
  const { code, message } = error as TransportError;
  expect(codes).toContain(code);
  expect(message).toContain(place);
  expect(message).toMatch(
    /^cannot [^\n]+: [^\n]+$|^[^\n]+ is not an IPv[46] address$|^[^\n]+ no interface [^\n]+$|^[^\n]+ needs the interface [^\n]+$/,
  );
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

function promised<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: settle };
}
