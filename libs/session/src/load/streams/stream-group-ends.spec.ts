import { encodeStreamOpening, FEATURES, type Grant } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { StreamSocket } from '@pathgauge/transport';
import { type Instant, milliseconds, seconds, WallMap } from '@pathgauge/units';
import { listening } from '../../../test/group-listener';
import { planOf } from '../../../test/load-plans';
import { ALL_METRICS } from '../../metric-switches';
import type { LoadPlan } from '../plan/load-plan';
import { StreamGroup, type StreamGroupOptions } from './stream-group';

const ms = milliseconds;
const LENGTH = 100;
const NOTHING_READ = new Uint8Array(0);
const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);
const GRANT: Grant = { version: 1, features: FEATURES, token: new Uint8Array(16) };

describe('the two ends of streams', () => {
  const paced = (wanted: Partial<LoadPlan>): LoadPlan =>
    planOf({ length: LENGTH, spacing: ms(100), duration: seconds(2), ...wanted });

  /** A client and a server of one plan, a millisecond apart, and messages to their roles take 50 us. */
  function scene(plan: LoadPlan, hasReports = false) {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    network.crossing = ms(0.05);
    const [near, far] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
    const begin = time.now();
    const endOf = (transport: typeof near, isClient: boolean) => {
      const heard = listening();
      const options: StreamGroupOptions = {
        plan,
        isClient,
        hasReports,
        metrics: ALL_METRICS,
        grant: GRANT,
        session: { wall: new WallMap(transport.clock.anchor()), latestOffsetNs: () => 1000 },
        transport,
        reportInterval: seconds(1),
        hangsUp: false,
      };
      return { ...heard, group: new StreamGroup(options, heard.listener) };
    };
    const [client, server] = [endOf(near, true), endOf(far, false)];

    /** One stream more, over a connection. */
    async function connect(direction = plan.directions[0] ?? 'up'): Promise<void> {
      const accepted: StreamSocket[] = [];
      const listener = await far.listen({ port: 7 }, (stream) => accepted.push(stream));
      const stream = await time.settle(near.connectStream(listener.local, { timeoutMs: 1000 }));
      listener.close();
      const carrier = { kind: 'stream', unread: NOTHING_READ, greeting: undefined } as const;
      await time.settle(
        Promise.all([
          client.group.open({ ...carrier, stream }, direction),
          server.group.open({ ...carrier, stream: accepted[0] as StreamSocket }, direction),
        ]),
      );
    }

    /** One stream more, of datagrams. */
    async function ask(direction = plan.directions[0] ?? 'up'): Promise<void> {
      const bound = await far.bindDatagrams({ bind: { port: 7 } });
      bound.onBatch((batch) => {
        const { address } = bound.local;
        const answering = { beside: bound.bound, address, peer: batch.source(0), answer: ANSWER };
        void server.group.open({ kind: 'answer', ...answering }, direction);
      });
      const asking = { bind: undefined, ttl: undefined };
      const opening = encodeStreamOpening(undefined);
      await time.settle(client.group.open({ kind: 'ask', peer: bound.local, opening, ...asking }, direction));
    }

    async function run(): Promise<void> {
      client.group.start();
      server.group.start();
      await time.advance(ms(2100));
      for (const { group } of [client, server]) group.hold();
      await time.settle(Promise.all([client.group.stop(), server.group.stop()]));
    }

    const finish = async () => {
      const end = (begin + 2100e6) as Instant;
      return time.settle(Promise.all([client.group.finish(end), server.group.finish(end)]));
    };
    return { time, network, client, server, connect, ask, run, finish };
  }

  it.each([
    ['up', 'tcp'],
    ['down', 'tcp'],
    ['up', 'udp'],
    ['down', 'udp'],
  ] as const)('say the same of what went %s over %s', async (direction, protocol) => {
    const { client, server, connect, ask, run, finish } = scene(paced({ directions: [direction], protocol }));
    await (protocol === 'tcp' ? connect() : ask());
    await run();
    const [ofClient, ofServer] = await finish();
    for (const { streams } of [ofClient, ofServer]) {
      expect(streams).toHaveLength(1);
      expect(streams[0]?.figures).toMatchObject({ id: 1, bytes: 2000, messages: 20 });
      expect(streams[0]?.loadNs).toBe(2e9);
    }
    const [sender, receiver] = direction === 'up' ? [client, server] : [server, client];
    expect(sender.intervals.map(({ bytes, measuredAt }) => [bytes, measuredAt])).toStrictEqual([
      [1000, 'sender'],
      [1000, 'sender'],
    ]);
    // 1 ms on the way, and the server's clock is said to be 1 us ahead.
    const owd = direction === 'up' ? 1e6 - 1000 : 1e6 + 1000;
    expect(receiver.intervals.map(({ bytes, owdMeanNs }) => [bytes, owdMeanNs])).toStrictEqual([
      [1000, owd],
      [1000, owd],
    ]);
    expect(receiver.group.intervals).toStrictEqual(receiver.intervals);
    expect(sender.group.progress).toMatchObject({ bytes: 2000, lastArrival: undefined, isComplete: true });
    expect(receiver.group.progress).toMatchObject({ bytes: 2000, isComplete: protocol === 'tcp' ? true : undefined });
    expect([...client.told, ...server.told]).toStrictEqual([]);
  });

  it('of which there are two are begun and ended together, each with figures of its own', async () => {
    const { client, server, connect, run, finish } = scene(paced({ parallel: 2 }));
    await connect();
    await connect();
    await run();
    const [ofClient, ofServer] = await finish();
    for (const { streams } of [ofClient, ofServer]) {
      expect(streams.map(({ figures }) => [figures.id, figures.bytes])).toStrictEqual([
        [1, 2000],
        [3, 2000],
      ]);
    }
    expect([client.group.progress.bytes, server.group.progress]).toMatchObject([
      4000,
      { bytes: 4000, isComplete: true },
    ]);
    expect(server.intervals.map(({ stream, startNs, bytes }) => [stream, startNs, bytes])).toStrictEqual([
      [1, 0, 1000],
      [3, 0, 1000],
      [undefined, 0, 2000],
      [1, 1e9, 1000],
      [3, 1e9, 1000],
      [undefined, 1e9, 2000],
    ]);
  });

  it('send nothing while they rest', async () => {
    const { time, client, ask } = scene(paced({ protocol: 'udp' }));
    await ask();
    client.group.start();
    await time.advance(ms(450));
    client.group.rest(true);
    await time.advance(ms(500));
    expect(client.group.progress.bytes).toBe(5 * LENGTH);
    client.group.rest(false);
    await time.advance(ms(500));
    expect(client.group.progress.bytes).toBeGreaterThan(5 * LENGTH);
  });

  it('tell no interval of a load that is held', async () => {
    const { time, client, connect } = scene(paced({}));
    await connect();
    client.group.start();
    await time.advance(ms(900));
    client.group.hold();
    await time.advance(ms(900));
    expect(client.intervals).toStrictEqual([]);
  });

  it('close their connections when they are released, on both ends', async () => {
    const { time, client, server, connect } = scene(paced({}));
    await connect();
    client.group.start();
    await time.advance(ms(100));
    client.group.release();
    await time.advance(ms(10));
    expect(server.told).toStrictEqual(['closed: undefined']);
    const udp = scene(paced({ protocol: 'udp' }));
    await udp.ask();
    udp.client.group.release();
    udp.server.group.release();
    await udp.time.advance(ms(10));
    // The server's own.
    expect([...udp.network.sockets.keys()]).toStrictEqual(['10.0.0.2:7']);
  });
});
