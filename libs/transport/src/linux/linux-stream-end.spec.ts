import { altered, contextOn, describeHere, turnFor, turnUntil } from '../../test/linux/altered-native';
import { patterned, streamPairs } from '../../test/linux/stream-pairs';
import { codeOf, TransportError } from '../errors';

describeHere('LinuxStream', (native) => {
  const { connection, taken, pair, gathered } = streamPairs(native);

  describe('the end', () => {
    it('comes after all that was written', async () => {
      const { here, there, client, server } = await pair();
      const heard = gathered(server);
      const [clientClosed, serverClosed] = [jest.fn(), jest.fn()];
      client.onData(() => {});
      client.onClose(clientClosed);
      server.onClose(serverClosed);
      client.write(patterned(3_000_000));
      client.end();
      client.end();
      turnUntil(() => clientClosed.mock.calls.length + serverClosed.mock.calls.length === 2, here, there);
      expect(heard.bytes().equals(Buffer.from(patterned(3_000_000)))).toBe(true);
      turnFor(2, here, there);
      expect([clientClosed.mock.calls, serverClosed.mock.calls]).toStrictEqual([[[undefined]], [[undefined]]]);
    });

    it('lets the rest of the peer still come', async () => {
      const { here, there, client, sockets } = await pair();
      expect(there).toBeDefined();
      const heard = gathered(client);
      client.end();
      turnFor(1, here);
      sockets.server.write(Buffer.from(patterned(1_000)));
      turnUntil(() => heard.length === 1_000, here);
    });

    it('takes no more', async () => {
      const { here, client } = await pair();
      client.end();
      const done = jest.fn();
      client.write(Uint8Array.of(1), done);
      expect(done).not.toHaveBeenCalled();
      turnUntil(() => done.mock.calls.length > 0, here);
      expect(done.mock.calls).toStrictEqual([[false]]);
    });

    it('of the peer is heard of by one who comes late', async () => {
      const { here, there, client, server } = await pair();
      const first = jest.fn();
      server.onClose(first);
      client.destroy();
      turnUntil(() => first.mock.calls.length > 0, here, there);
      const late = jest.fn();
      server.onClose(late);
      expect(late.mock.calls).toStrictEqual([[undefined]]);
    });
  });

  it('that is destroyed gives up what was not sent, and says so once', async () => {
    const { here, there, client, server } = await pair();
    const [done, closed, peerClosed] = [jest.fn(), jest.fn(), jest.fn()];
    client.onClose(closed);
    server.onData(() => {});
    server.onClose(peerClosed);
    client.write(new Uint8Array(40_000_000), done);
    client.write(Uint8Array.of(1), done);
    turnFor(5, here);
    client.destroy();
    client.destroy();
    expect([done.mock.calls, closed.mock.calls]).toStrictEqual([[], []]);
    client.write(Uint8Array.of(1), done);
    turnUntil(() => done.mock.calls.length === 3 && peerClosed.mock.calls.length === 1, here, there);
    turnFor(2, here, there);
    expect([done.mock.calls, closed.mock.calls]).toStrictEqual([[[false], [false], [false]], [[undefined]]]);
  });

  it('that the peer resets ends with one clear error', async () => {
    const context = contextOn(native);
    const [peer, socket] = await connection();
    const stream = taken(context, socket);
    const [closed, done] = [jest.fn(), jest.fn()];
    stream.onClose(closed);
    stream.onData(() => {});
    stream.write(new Uint8Array(40_000_000), done);
    turnFor(2, context);
    peer.resetAndDestroy();
    await new Promise((resolve) => setImmediate(resolve));
    turnUntil(() => closed.mock.calls.length > 0, context);
    const [[error]] = closed.mock.calls as [[Error]];
    expect(error).toBeInstanceOf(TransportError);
    expect(['ECONNRESET', 'EPIPE']).toContain(codeOf(error));
    expect(error.message).toMatch(/^127\.0\.0\.1:\d+: [^\n]+$/);
    expect(done.mock.calls).toStrictEqual([[false]]);
  });

  // The number may be that of another by then.
  it.each(['quiet', 'writing', 'ending', 'writing and ending'])(
    'leaves its descriptor alone once it is closed: %s',
    async (way) => {
      const closed = new Set<number>();
      const after: string[] = [];
      const watch = (call: string) => (fd: number) => {
        if (closed.has(fd)) after.push(call);
        return undefined;
      };
      const watched = altered(native, () => ({
        close: (fd) => {
          watch('close')(fd);
          closed.add(fd);
          return undefined;
        },
        ...Object.fromEntries(
          (['send', 'recv', 'shutdown', 'setsockopt', 'getsockopt', 'dup'] as const).map((call) => [call, watch(call)]),
        ),
      }));
      const context = contextOn(watched);
      const [socket] = await connection();
      const stream = taken(context, socket);
      if (way.includes('writing')) stream.write(Uint8Array.of(1));
      if (way.includes('ending')) stream.end();
      stream.destroy();
      turnFor(1, context);
      expect([...closed]).toStrictEqual([stream.fd]);
      expect(after).toStrictEqual([]);
      stream.end();
      stream.limitRate(1e6);
      stream.pathState();
      stream.write(Uint8Array.of(1));
      stream.destroy();
      turnFor(1, context);
      expect(after).toStrictEqual([]);
    },
  );
});
