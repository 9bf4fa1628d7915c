import type { StreamSocket } from '../src/index';
import { allOf, type ContractSockets, expectFailure, FAMILIES, LOOPBACK, promised, until } from './contract-sockets';

/** Connections. */
export function describeStreams({ listening, connectTo, streamPair }: ContractSockets): void {
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
}
