import { codeOf } from '../src/errors';
import {
  type ContractSockets,
  LOOPBACK,
  NOWHERE,
  promised,
  refusals,
  sentMany,
  taken,
  until,
} from './contract-sockets';

/** Datagrams as they leave, or do not. */
export function describeSending({ bound, connected }: ContractSockets): void {
  describe('datagrams', () => {
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
  });
}

/** Everything that follows from what was done in this turn of the event loop. */
const sameTurn = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await new Promise<void>((resolve) => process.nextTick(resolve));
};
