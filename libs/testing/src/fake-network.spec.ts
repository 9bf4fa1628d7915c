import type { Transport } from '@pathgauge/transport';
import { milliseconds, seconds, span, WallMap } from '@pathgauge/units';
import { FakeNetwork } from './fake-network';
import type { Fate } from './fake-path';
import { VirtualTime } from './virtual-time';

const setUp = (): { time: VirtualTime; network: FakeNetwork; client: Transport; server: Transport } => {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  return { time, network, client: network.host('10.0.0.1'), server: network.host('10.0.0.2') };
};

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('datagrams', () => {
  it('meet the fate that the test gives them: dropped, doubled, overtaken', async () => {
    const { time, network, client, server } = setUp();
    const fates: readonly Fate[] = [[milliseconds(9)], [], [milliseconds(1), milliseconds(2)], [milliseconds(1)]];
    network.fateOf = ({ index }) => fates[index] as Fate;
    const sink = await server.bindDatagrams({ bind: { port: 7 } });
    const source = await client.connectDatagrams(sink.local, {});
    const begin = server.clock.now();
    const batches: (readonly [first: number | undefined, at: number])[][] = [];
    sink.onBatch((batch) => {
      batches.push(
        Array.from({ length: batch.count }, (_, i) => [batch.payload(i)[0], batch.arrival(i) - begin] as const),
      );
    });
    for (const each of [0, 1, 2, 3]) source.send(bytes(each));
    await time.advance(seconds(1));
    // Two arrive at 1 ms, together.
    expect(batches).toStrictEqual([
      [
        [2, 1e6],
        [3, 1e6],
      ],
      [[2, 2e6]],
      [[0, 9e6]],
    ]);
  });

  it('are answered where they came from, as they were when sent', async () => {
    const { time, client, server } = setUp();
    const sink = await server.bindDatagrams({ bind: { port: 7 } });
    sink.onBatch((batch) => batch.reply(0, batch.payload(0)));
    const source = await client.connectDatagrams(sink.local, {});
    const replies: Uint8Array[] = [];
    source.onBatch((batch) => replies.push(batch.payload(0)));
    const buffer = bytes(1);
    source.send(buffer);
    buffer[0] = 99;
    await time.advance(seconds(1));
    expect(replies).toStrictEqual([bytes(1)]);
  });

  it('to nobody are an error on a connected socket, which hears its peer alone', async () => {
    const { time, network, client } = setUp();
    const source = await client.connectDatagrams({ address: '10.0.0.2', port: 7 }, {});
    const codes: unknown[] = [];
    source.onError((error) => codes.push((error as NodeJS.ErrnoException).code));
    const heard = jest.fn();
    source.onBatch(heard);
    source.send(bytes(1));
    const stranger = await network.host('10.0.0.3').bindDatagrams({});
    stranger.send(bytes(2), source.local);
    await time.advance(seconds(1));
    expect(codes).toStrictEqual(['ECONNREFUSED']);
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('streams', () => {
  it('bring each write as one chunk, in order, and close at both ends', async () => {
    const { time, client, server } = setUp();
    const seen: unknown[] = [];
    const { local } = await server.listen({ port: 7 }, (stream) => {
      stream.onData((chunk) => seen.push([...chunk]));
      stream.onClose(() => seen.push('server closed'));
    });
    const stream = await time.settle(client.connectStream(local, { timeoutMs: 1 }));
    stream.onClose(() => seen.push('client closed'));
    stream.write(bytes(1, 2), () => seen.push('done'));
    stream.write(bytes(3));
    stream.end();
    stream.write(bytes(4));
    await time.advance(seconds(1));
    expect(seen).toStrictEqual([[1, 2], 'done', [3], 'server closed', 'client closed']);
  });

  it('are refused where nobody listens, and a port is taken once', async () => {
    const { time, client, server } = setUp();
    const to = { address: '10.0.0.2', port: 7 };
    await expect(time.settle(client.connectStream(to, { timeoutMs: 1 }))).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    await server.listen({ port: 7 }, () => {});
    await expect(server.listen({ port: 7 }, () => {})).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(client.resolve('nobody', undefined)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('clocks', () => {
  it('differ by what the test says, at every moment', async () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    const one = network.host('10.0.0.1').clock;
    const other = network.host('10.0.0.2', { aheadNs: -2_500_000_000, bootedNs: 700_000_001 }).clock;
    await time.advance(span(123));
    const map = new WallMap(one.anchor());
    const wall = { seconds: 0, nanoseconds: 0 };
    new WallMap(other.anchor()).toWall(other.now(), wall);
    expect(map.fromPeer(wall) - one.now()).toBe(-2_500_000_000);
  });
});

describe('timers', () => {
  it('fire at their instant, replace and clear', async () => {
    const { time, client } = setUp();
    const begin = client.clock.now();
    const seen: [string, number][] = [];
    const note = (name: string) => () => void seen.push([name, client.clock.now() - begin]);
    const [replaced, cleared, past] = [client.timer(), client.timer(), client.timer()];
    replaced.set(client.clock.now(), note('replaced'));
    replaced.set((begin + 500) as typeof begin, note('second'));
    cleared.set((begin + 100) as typeof begin, note('cleared'));
    cleared.clear();
    past.set((begin - 100) as typeof begin, note('past'));
    expect(seen).toStrictEqual([]);
    await time.advance(span(1000));
    expect(seen).toStrictEqual([
      ['past', 1],
      ['second', 500],
    ]);
  });
});
