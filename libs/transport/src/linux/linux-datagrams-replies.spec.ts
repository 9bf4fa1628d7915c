import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import {
  datagramScene,
  FAMILIES,
  gathered,
  LOOPBACK,
  numbered,
  numberOf,
  sendMany,
  upTo,
} from '../../test/linux/datagram-scene';
import { EAGAIN, ECONNREFUSED, EINTR, EINVAL, EIO } from './abi';

describeHere('LinuxDatagrams', (native) => {
  const { bound, connected, pair } = datagramScene(native);

  describe('replies', () => {
    it.each([
      ['in place', (payload: Uint8Array) => payload],
      ['of bytes of their own', (payload: Uint8Array) => Uint8Array.from(payload)],
      ['that are longer', (payload: Uint8Array) => Uint8Array.of(...payload, 7, 7, 7)],
      ['that are empty', () => new Uint8Array(0)],
    ])('%s go to where each came from', (_, answer) => {
      const context = contextOn(native);
      const server = bound(context, {});
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          const reply = answer(batch.payload(i));
          if (reply.length > 3) reply[3] = (reply[3] as number) + 100;
          batch.reply(i, reply);
        }
      });
      const clients = FAMILIES.flatMap((family) =>
        upTo(3).map(() => connected(context, { address: LOOPBACK[family], port: server.local.port })),
      );
      const heard = clients.map(gathered);
      clients.forEach((client, i) => {
        client.send(Uint8Array.of(0, 0, 0, i));
      });
      turnUntil(() => heard.every(({ all }) => all.length === 1), context);
      heard.forEach(({ all: [reply] }, i) => {
        const expected = answer(Uint8Array.of(0, 0, 0, i));
        if (expected.length > 3) expected[3] = i + 100;
        expect(reply?.bytes).toStrictEqual(Uint8Array.from(expected));
      });
    });

    describe.each([
      ['sends what it is given', undefined],
      ['once does not cut a send (EIO)', EIO],
      ['once does not cut a send (EINVAL)', EINVAL],
      ['once was interrupted', EINTR],
      ['once has no room', EAGAIN],
      ['once refused an earlier one', ECONNREFUSED],
    ] as const)('to many at once, where the system %s,', (_, failure) => {
      it.each([
        ['of one size', (number: number) => 40 + 0 * number, undefined],
        ['of many sizes', (number: number) => 40 + 8 * (Math.floor(number / 5) % 3), undefined],
        ['of one size and many marks', () => 40, (number: number) => [0, 46, 46, 8][Math.floor(number / 4) % 4]],
        ['that are as large as they can be', () => 9_000, undefined],
      ])(
        'all arrive in order where they belong: %s',
        (_kind, lengthOf, dscpOf: ((number: number) => number | undefined) | undefined) => {
          let failed = failure === undefined;
          const here = contextOn(
            altered(native, () => ({
              sendmmsg: () => {
                if (failed) return undefined;
                failed = true;
                return -(failure as number);
              },
            })),
          );
          const there = contextOn(native);
          const server = bound(here, {});
          server.onBatch((batch) => {
            expect(batch.count).toBe(60);
            for (let i = 0; i < batch.count; i++) {
              const number = numberOf({ bytes: batch.payload(i) });
              const reply = new Uint8Array(lengthOf(number));
              reply.set(batch.payload(i));
              batch.reply(i, reply, dscpOf?.(number));
            }
          });
          const clients = [LOOPBACK[4], LOOPBACK[6], '127.0.0.3'].map((address) =>
            connected(there, { address: address === '127.0.0.3' ? LOOPBACK[4] : address, port: server.local.port }),
          );
          const heard = clients.map(gathered);
          // In blocks and in turn.
          const owner = (number: number): number => (number < 40 ? Math.floor(number / 8) % 3 : number % 3);
          for (const number of upTo(60)) clients[owner(number)]?.send(numbered(number + 1, 4).subarray(number * 4));
          turnUntil(() => heard.reduce((sum, { all }) => sum + all.length, 0) >= 60, here, there);
          turnFor(2, there);
          heard.forEach(({ all }, i) => {
            const numbers = upTo(60).filter((number) => owner(number) === i);
            expect(all.map(numberOf)).toStrictEqual(numbers);
            expect(all.map(({ bytes }) => bytes.length)).toStrictEqual(numbers.map(lengthOf));
            const classes = numbers.map((number) => (dscpOf?.(number) ?? 0) << 2);
            expect(all.map(({ trafficClass }) => trafficClass)).toStrictEqual(classes);
          });
        },
      );
    });

    it('to many at once may be empty', () => {
      const { there, here, client, server } = pair();
      const heard = gathered(client);
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, new Uint8Array(0));
      });
      sendMany(client, numbered(30, 8), 8);
      turnUntil(() => heard.all.length > 0, there, here);
      turnFor(3, there, here);
      expect(heard.all).toHaveLength(30);
    });

    it('may be more than there were datagrams', () => {
      const { there, here, client, server } = pair();
      const heard = gathered(client);
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) {
          for (let copy = 0; copy < 200; copy++) batch.reply(i, Uint8Array.of(0, 0, i, copy));
        }
      });
      client.send(Uint8Array.of(1));
      turnUntil(() => heard.all.length > 0, there, here);
      turnFor(5, there, here);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(200));
    });

    it('carry the traffic class that was asked for, each its own', () => {
      const context = contextOn(native);
      const server = bound(context, {});
      let next = 0;
      const marks = [46, undefined, 0, 8, 63];
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i), marks[next++ % marks.length]);
      });
      // Of IPv4, whose addresses are mapped at the server, and of IPv6.
      for (const address of [LOOPBACK[4], LOOPBACK[6]]) {
        const client = connected(context, { address, port: server.local.port });
        const heard = gathered(client);
        next = 0;
        for (const number of upTo(marks.length)) client.send(Uint8Array.of(0, 0, 0, number));
        turnUntil(() => heard.all.length === marks.length, context);
        expect(heard.all.map(({ trafficClass }) => trafficClass)).toStrictEqual([184, 0, 0, 32, 252]);
      }
      const plain = bound(context);
      plain.onBatch((batch) => batch.reply(0, batch.payload(0), 34));
      const client = connected(context, plain.local);
      const heard = gathered(client);
      client.send(Uint8Array.of(1));
      turnUntil(() => heard.all.length === 1, context);
      expect(heard.all[0]?.trafficClass).toBe(136);
    });

    it('of a connected socket go to its peer', () => {
      const { there, here, client, server } = pair();
      const heard = gathered(server);
      client.onBatch((batch) => batch.reply(0, Uint8Array.of(9, 9, 9, 9), 10));
      server.send(Uint8Array.of(1), client.local);
      turnUntil(() => heard.all.length === 1, there, here);
      expect(heard.all[0]).toMatchObject({ bytes: Uint8Array.of(9, 9, 9, 9), trafficClass: 40, source: client.local });
    });
  });
});
