import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import {
  datagramScene,
  failuresOf,
  gathered,
  numbered,
  numberOf,
  sendMany,
  upTo,
} from '../../test/linux/datagram-scene';
import { EAGAIN, ECONNREFUSED, EINTR, ENOBUFS, MSG_ERRQUEUE } from './abi';
import type { Native } from './system-calls';

describeHere('LinuxDatagrams', (native) => {
  const { bound, connected, pair } = datagramScene(native);

  describe('where calls fail now and then', () => {
    /** The system, of which every third sending or receiving call fails. */
    const faulty = (call: 'sendmmsg' | 'recvmmsg', failure: number): Native => {
      let calls = 0;
      return altered(native, () => ({
        [call]: (...args: number[]) =>
          ((args[3] as number) & MSG_ERRQUEUE) === 0 && ++calls % 3 === 0 ? -failure : undefined,
      }));
    };
    const MANY = 300;

    it.each([EINTR, EAGAIN])('nothing is lost or told when receiving fails with %d', (failure) => {
      const context = contextOn(faulty('recvmmsg', failure));
      const server = bound(context);
      const heard = gathered(server);
      const told = failuresOf(server);
      const client = connected(contextOn(native), server.local);
      for (const number of upTo(MANY)) {
        client.send(numbered(number + 1, 4).subarray(number * 4));
        if (number % 7 === 0) turnFor(0.05, context);
      }
      turnUntil(() => heard.all.length >= MANY, context);
      expect(heard.all.map(numberOf)).toStrictEqual(upTo(MANY));
      expect(told).toStrictEqual([]);
    });

    it.each([ECONNREFUSED, ENOBUFS])(
      'nothing is lost, and each is told once, when receiving fails with %d',
      (failure) => {
        let failures = 0;
        let calls = 0;
        const context = contextOn(
          altered(native, () => ({
            recvmmsg: (_fd, _messages, _count, flags) => {
              if ((flags & MSG_ERRQUEUE) !== 0 || ++calls % 3 !== 0) return undefined;
              failures++;
              return -failure;
            },
          })),
        );
        const server = bound(context);
        const heard = gathered(server);
        const told = failuresOf(server);
        const client = connected(contextOn(native), server.local);
        sendMany(client, numbered(MANY, 4), 4);
        turnUntil(() => heard.all.length >= MANY, context);
        expect(heard.all.map(numberOf)).toStrictEqual(upTo(MANY));
        expect(failures).toBeGreaterThan(0);
        expect(told).toHaveLength(failures);
      },
    );

    describe.each(['send', 'sendMany', 'reply'] as const)('with %s', (way) => {
      /** Sends many datagrams; tells what came, in order, and what the sender was told. */
      const sentWith = (faultyNative: Native) => {
        const here = contextOn(faultyNative);
        const there = contextOn(native);
        const sender = bound(here);
        const receiver = bound(there);
        const told = failuresOf(sender);
        const heard = gathered(receiver);
        const bytes = numbered(MANY, 8);
        const each = upTo(MANY).map((number) => bytes.subarray(number * 8, number * 8 + 8));
        let handedOver = 0;
        let taken = MANY;
        if (way === 'send') for (const one of each) sender.send(one, receiver.local);
        if (way === 'sendMany') {
          taken = 0;
          for (let tries = 0; tries < 5 * MANY && taken < MANY; tries++) {
            taken += sendMany(sender, bytes.subarray(taken * 8), 8, receiver.local, told);
          }
        }
        if (way === 'reply') {
          sender.onBatch((batch) => {
            for (let i = 0; i < batch.count; i++) batch.reply(i, each[handedOver++] as Uint8Array);
          });
          // A few at a time, so that there are many calls.
          for (let asked = 0; asked < MANY; asked += 5) {
            for (let i = 0; i < 5; i++) receiver.send(Uint8Array.of(0), sender.local);
            turnUntil(() => handedOver === asked + 5, here);
          }
        }
        turnUntil(() => heard.all.length + told.length >= MANY, there, here);
        turnFor(3, there, here);
        return { numbers: heard.all.map(numberOf), told, taken };
      };

      it.each([EINTR, EAGAIN])('all arrive in order, and nothing is told, when it fails with %d', (failure) => {
        const { numbers, told } = sentWith(faulty('sendmmsg', failure));
        expect(numbers).toStrictEqual(upTo(MANY));
        expect(told).toStrictEqual([]);
      });

      it('each that does not arrive is told of when there are no buffers', () => {
        const { numbers, told, taken } = sentWith(faulty('sendmmsg', ENOBUFS));
        expect(new Set(numbers).size).toBe(numbers.length);
        expect(told.length).toBeGreaterThan(0);
        expect(new Set(told)).toStrictEqual(new Set(['ENOBUFS']));
        // What sendMany did not take is the caller's still.
        if (way === 'sendMany') expect([taken, numbers.length]).toStrictEqual([MANY, MANY]);
        else expect(numbers.length + told.length).toBe(MANY);
      });

      it('a refusal of an earlier one is told of, and costs none of these', () => {
        const { numbers, told } = sentWith(faulty('sendmmsg', ECONNREFUSED));
        expect(numbers).toStrictEqual(upTo(MANY));
        expect(told.length).toBeGreaterThan(0);
        expect(new Set(told)).toStrictEqual(new Set(['ECONNREFUSED']));
      });
    });

    it('a socket that never has room says so once for each, and goes on', () => {
      let full = true;
      const { there, client, heard, told } = pair(
        altered(native, () => ({
          sendmmsg: () => (full ? -EAGAIN : undefined),
          // Nothing happens while it waits for room.
          ppoll: () => (full ? 0 : undefined),
        })),
      );
      for (let i = 0; i < 3; i++) client.send(Uint8Array.of(0, 0, 0, i));
      expect(told).toStrictEqual(['ENOBUFS', 'ENOBUFS', 'ENOBUFS']);
      expect(sendMany(client, numbered(3, 8), 8)).toBe(0);
      expect(told).toHaveLength(3);
      full = false;
      client.send(Uint8Array.of(0, 0, 0, 9));
      turnUntil(() => heard.all.length > 0, there);
      expect(heard.all.map(numberOf)).toStrictEqual([9]);
    });

    it('a datagram that is refused for ever is told of, and does not keep the rest', () => {
      const { told, client, server, there, here, heard } = pair();
      server.onBatch(() => {});
      const back = gathered(client);
      // The first of two replies is too large, and the second comes through.
      server.onBatch((batch) => {
        for (let i = 0; i < batch.count; i++) batch.reply(i, i === 0 ? new Uint8Array(65_520) : batch.payload(i));
      });
      const serverTold = failuresOf(server);
      sendMany(client, numbered(5, 8), 8);
      turnUntil(() => back.all.length >= 4, there, here);
      expect(back.all.map(numberOf)).toStrictEqual([1, 2, 3, 4]);
      expect([serverTold, told, heard.all]).toStrictEqual([['EMSGSIZE'], [], []]);
    });
  });
});
