import { milliseconds, seconds } from '@pathgauge/units';
import { groupScene } from '../../../test/group-scene';
import { planOf } from '../../../test/load-plans';
import type { LoadPlan } from '../plan/load-plan';

const ms = milliseconds;
const LENGTH = 100;

describe('the two ends of streams', () => {
  const paced = (wanted: Partial<LoadPlan>): LoadPlan =>
    planOf({ length: LENGTH, spacing: ms(100), duration: seconds(2), ...wanted });

  it.each([
    ['up', 'tcp'],
    ['down', 'tcp'],
    ['up', 'udp'],
    ['down', 'udp'],
  ] as const)('say the same of what went %s over %s', async (direction, protocol) => {
    const { client, server, connect, ask, run, finish } = groupScene(paced({ directions: [direction], protocol }));
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

  it.each([
    ['up', 'tcp'],
    ['down', 'tcp'],
    ['up', 'udp'],
    ['down', 'udp'],
  ] as const)('have nothing to tell of a load %s over %s that ends in what is omitted', async (direction, protocol) => {
    const plan = paced({ directions: [direction], protocol, omit: seconds(60) });
    const { client, server, connect, ask, run, finish } = groupScene(plan);
    await (protocol === 'tcp' ? connect() : ask());
    await run();
    for (const { streams } of await finish()) {
      expect(streams[0]).toMatchObject({ loadNs: 0, figures: { bytes: 0, messages: 0, durationNs: 0 } });
    }
    expect([client.intervals, server.intervals]).toStrictEqual([[], []]);
  });

  it('of which there are two are begun and ended together, each with figures of its own', async () => {
    const { client, server, connect, run, finish } = groupScene(paced({ parallel: 2 }));
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
    const { time, client, ask } = groupScene(paced({ protocol: 'udp' }));
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
    const { time, client, connect } = groupScene(paced({}));
    await connect();
    client.group.start();
    await time.advance(ms(900));
    client.group.hold();
    await time.advance(ms(900));
    expect(client.intervals).toStrictEqual([]);
  });

  it('close their connections when they are released, on both ends', async () => {
    const { time, client, server, connect } = groupScene(paced({}));
    await connect();
    client.group.start();
    await time.advance(ms(100));
    client.group.release();
    await time.advance(ms(10));
    expect(server.told).toStrictEqual(['closed: undefined']);
    const udp = groupScene(paced({ protocol: 'udp' }));
    await udp.ask();
    udp.client.group.release();
    udp.server.group.release();
    await udp.time.advance(ms(10));
    // The server's own.
    expect([...udp.network.sockets.keys()]).toStrictEqual(['10.0.0.2:7']);
  });
});
