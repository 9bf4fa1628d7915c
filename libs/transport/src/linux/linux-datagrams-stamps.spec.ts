import { milliseconds } from '@pathgauge/units';
import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { datagramScene, FAMILIES, gathered, LOOPBACK, numbered, sendMany, upTo } from '../../test/linux/datagram-scene';
import type { SendMoment } from '../sockets';
import { EAGAIN, MSG_ERRQUEUE } from './abi';
import type { LinuxDatagrams } from './linux-datagrams';
import type { Native } from './system-calls';

describeHere('LinuxDatagrams', (native) => {
  const { bound, connected, pair } = datagramScene(native);

  describe('stamps', () => {
    interface Stamped {
      readonly moment: SendMoment;
      readonly tail: number[];
      readonly at: number;
    }
    const stampsOf = (socket: LinuxDatagrams, tailBytes = 4): Stamped[] => {
      const all: Stamped[] = [];
      socket.onStamp((looped, moment, at) => all.push({ moment, at, tail: [...looped.subarray(-tailBytes)] }));
      return all;
    };

    it.each(FAMILIES)('tell of every send when it was queued, then when it left, over IPv%d', (family) => {
      const context = contextOn(native);
      const server = bound(context, { bind: { address: LOOPBACK[family] } });
      gathered(server);
      const client = connected(context, server.local, { stamps: ['queued', 'sent'] });
      expect(client.sendTimestamps).toBe('kernel');
      const stamps = stampsOf(client);
      const sentAt: [before: number, after: number][] = [];
      for (const number of upTo(20)) {
        const before = context.clock.now();
        client.send(Uint8Array.of(9, 9, 0, 0, 0, number));
        sentAt.push([before, context.clock.now()]);
        turnUntil(() => stamps.length >= 2 * number + 2, context);
      }
      expect(stamps.map(({ moment, tail }) => [moment, ...tail])).toStrictEqual(
        upTo(20).flatMap((number) => [
          ['queued', 0, 0, 0, number],
          ['sent', 0, 0, 0, number],
        ]),
      );
      sentAt.forEach(([before, after], number) => {
        const [queued, sent] = stamps.slice(2 * number, 2 * number + 2) as [Stamped, Stamped];
        // The wall clock and the monotonic one are read a little apart.
        expect(queued.at).toBeGreaterThanOrEqual(before - 2_000);
        expect(sent.at).toBeGreaterThanOrEqual(queued.at);
        expect(sent.at).toBeLessThanOrEqual(after + milliseconds(5));
      });
    });

    it('tell of many sends at once, none twice', () => {
      const context = contextOn(native);
      const server = bound(context);
      gathered(server);
      const client = connected(context, server.local, { stamps: ['sent'] });
      const stamps = stampsOf(client);
      for (const number of upTo(50)) client.send(Uint8Array.of(0, 0, 0, number));
      turnUntil(() => stamps.length >= 50, context);
      turnFor(2, context);
      expect(stamps.map(({ moment, tail }) => [moment, tail[3]])).toStrictEqual(
        upTo(50).map((number) => ['sent', number]),
      );
    });

    it('tell of a datagram before what answers it is handed up', () => {
      const { there, here, client, server } = pair(native, { stamps: ['sent'] });
      server.onBatch((batch) => batch.reply(0, batch.payload(0)));
      const order: string[] = [];
      client.onStamp(() => order.push('stamp'));
      client.onBatch(() => order.push('reply'));
      for (let i = 1; i <= 10; i++) {
        client.send(Uint8Array.of(i));
        turnFor(0.2, there);
        turnUntil(() => order.length === 2 * i, there, here);
      }
      expect(order).toStrictEqual(upTo(10).flatMap(() => ['stamp', 'reply']));
    });

    it('come with the next look at a socket, in a thread that spins and asks the system for no failures', () => {
      const context = contextOn(native);
      const client = connected(context, bound(context).local, { stamps: ['queued', 'sent'] });
      const stamps = stampsOf(client);
      for (const number of upTo(10)) {
        client.send(Uint8Array.of(0, 0, 0, number));
        client.onReady(false);
        expect(stamps).toHaveLength(2 * number + 2);
      }
    });

    it('tell of replies while there are few', () => {
      const { there, here, client, server } = pair(native, {}, { stamps: ['sent'] });
      const stamps = stampsOf(server);
      const heard = gathered(client);
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
      });
      client.send(Uint8Array.of(0, 0, 0, 5));
      turnUntil(() => heard.all.length === 1 && stamps.length === 1, there, here);
      expect(stamps[0]?.tail).toStrictEqual([0, 0, 0, 5]);
    });

    it('are not asked for of replies when there are many', () => {
      const { there, here, client, server } = pair(native, {}, { stamps: ['sent'] });
      const stamps = stampsOf(server);
      const heard = gathered(client);
      server.onBatch((batch) => {
        expect(batch.count).toBe(20);
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
      });
      sendMany(client, numbered(20, 8), 8);
      turnUntil(() => heard.all.length === 20, there, here);
      turnFor(2, there);
      expect(stamps).toStrictEqual([]);
    });

    it.each([
      ['nothing is stamped', { send: false, receive: false }, 'user', 'user', 0],
      ['sends are not', { send: false, receive: true }, 'user', 'kernel', 0],
      ['arrivals are not', { send: true, receive: false }, 'kernel', 'user', 1],
    ] as const)('are not waited for on a host where %s', (_, support, sends, arrivals, count) => {
      const context = contextOn(native, support);
      const socket = bound(context, { bind: { address: LOOPBACK[4] }, stamps: ['sent'] });
      expect([socket.sendTimestamps, socket.receiveTimestamps]).toStrictEqual([sends, arrivals]);
      const heard = gathered(socket);
      const stamps = stampsOf(socket);
      // The kernel begins to stamp some milliseconds after the first socket of the host has asked for it.
      turnUntil(() => {
        socket.send(Uint8Array.of(1), socket.local);
        turnFor(1, context);
        return heard.all.at(-1)?.stampedBy === arrivals && heard.all.length > 5;
      }, context);
      turnFor(5, context);
      expect(new Set(heard.all.slice(-1).map(({ stampedBy }) => stampedBy))).toStrictEqual(new Set([arrivals]));
      expect(stamps.length > 0).toBe(count > 0);
    });

    it('that never come do not keep arrivals, and are not asked for for ever', () => {
      let asked = 0;
      const lost: Native = altered(native, () => ({
        recvmmsg: (fd, messages, count, flags, timeout) => {
          if ((flags & MSG_ERRQUEUE) === 0) return undefined;
          asked++;
          native.calls.recvmmsg(fd, messages, count, flags, timeout);
          return -EAGAIN;
        },
      }));
      const { there, here, client, server } = pair(lost, { stamps: ['queued', 'sent'] });
      server.onBatch((batch) => batch.reply(0, batch.payload(0)));
      const heard = gathered(client);
      client.send(Uint8Array.of(0, 0, 0, 1));
      turnUntil(() => heard.all.length === 1, there, here);
      asked = 0;
      for (const number of upTo(200)) {
        server.send(Uint8Array.of(0, 0, 0, number), client.local);
        turnUntil(() => heard.all.length === number + 2, there, here);
      }
      expect(asked).toBeLessThan(20);
    });

    it('that come late do not make later ones come late', () => {
      let hidden = true;
      const late: Native = altered(native, () => ({
        recvmmsg: (_fd, _messages, _count, flags) => ((flags & MSG_ERRQUEUE) !== 0 && hidden ? -EAGAIN : undefined),
      }));
      const context = contextOn(late);
      const sink = bound(contextOn(native));
      const client = connected(context, sink.local, { stamps: ['sent'] });
      const stamps = stampsOf(client);
      for (let i = 0; i < 3; i++) client.send(Uint8Array.of(0, 0, 0, i));
      for (let turn = 0; turn < 20; turn++) client.onReady(false);
      hidden = false;
      client.onReady(true);
      expect(stamps).toHaveLength(3);
      // As a spinning thread does it, which does not ask whether there is something in the error queue.
      client.send(Uint8Array.of(0, 0, 0, 3));
      client.onReady(false);
      expect(stamps).toHaveLength(4);
    });

    it('taken while the wall clock was set are left out', () => {
      let aheadNs = 0n;
      const seconds = new Map<number, Uint8Array>();
      const stepping: Native = {
        addressOf: (bytes) => {
          const address = native.addressOf(bytes);
          seconds.set(address, bytes);
          return address;
        },
        calls: {
          ...native.calls,
          clock_gettime: (clock, time) => {
            const result = native.calls.clock_gettime(clock, time);
            const bytes = seconds.get(time);
            if (clock === 0 && bytes !== undefined) {
              const view = new DataView(bytes.buffer, bytes.byteOffset);
              view.setBigInt64(0, view.getBigInt64(0, true) + aheadNs / 1_000_000_000n, true);
            }
            return result;
          },
        },
      };
      const context = contextOn(stepping);
      const socket = bound(context, { bind: { address: LOOPBACK[4] }, stamps: ['sent'] });
      const heard = gathered(socket);
      const stamps = stampsOf(socket);
      aheadNs = 3_600_000_000_000n;
      socket.send(Uint8Array.of(0, 0, 0, 1), socket.local);
      turnUntil(() => heard.all.length === 1, context);
      // Either the stamp or the arrival was the first to notice; the other is of the kernel's old time here, and off by an hour.
      expect(context.clock.steps).toBe(1);
      expect(stamps.length + heard.all.filter(({ stampedBy }) => stampedBy === 'kernel').length).toBeLessThanOrEqual(1);
    });
  });
});
