import type { Interval } from '@pathgauge/result';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { groupScene } from '../../../test/group-scene';
import { planOf } from '../../../test/load-plans';
import type { StreamOutcome } from './stream-outcome';

const ms = milliseconds;
const LENGTH = 100;

const bytesOf = (streams: readonly StreamOutcome[]) => streams.map(({ figures }) => figures.bytes);

/** What the intervals of one direction, and of one stream or the sum, add up to. */
const sumOf = (intervals: readonly Interval[], { direction, stream }: Pick<Interval, 'direction' | 'stream'>): number =>
  intervals
    .filter((interval) => interval.direction === direction && interval.stream === stream)
    .reduce((sum, { bytes }) => sum + bytes, 0);

describe('an amount', () => {
  it.each([
    ['paced', ms(10)],
    ['as fast as the path takes it', undefined],
  ] as const)('is sent and received to the byte, %s, and both ends know when it is', async (_, spacing) => {
    // 1050 bytes for each of two: ten messages of 100 and one of 50, and for the second one of 100 less.
    const plan = planOf({ length: LENGTH, parallel: 2, spacing, amount: { bytes: 2050 } });
    const { client, server, connect, run, finish } = groupScene(plan);
    await connect();
    await connect();
    await run();
    expect([client.complete, server.complete]).toStrictEqual([['up'], ['up']]);
    const [ofClient, ofServer] = await finish();
    for (const { streams } of [ofClient, ofServer]) expect(bytesOf(streams)).toStrictEqual([1050, 1000]);
    expect(sumOf(server.intervals, { direction: 'up', stream: undefined })).toBe(2050);
  });

  it('leaves a stream without any where there are fewer messages than streams', async () => {
    const plan = planOf({ length: LENGTH, parallel: 3, amount: { bytes: 150 } });
    const { client, server, connect, run, finish } = groupScene(plan);
    for (let i = 0; i < 3; i++) await connect();
    await run();
    const [, { streams }] = await finish();
    expect(bytesOf(streams)).toStrictEqual([100, 50, 0]);
    expect([client.complete, server.complete]).toStrictEqual([['up'], ['up']]);
  });

  it('of datagrams is known to have come with its last number', async () => {
    const plan = planOf({ protocol: 'udp', length: LENGTH, spacing: ms(10), amount: { bytes: 1040 } });
    const { server, ask, run, finish } = groupScene(plan, { lastsMs: 200 });
    await ask();
    await run();
    expect(server.complete).toStrictEqual(['up']);
    const [, { streams }] = await finish();
    expect(streams[0]).toMatchObject({ figures: { bytes: 1040, messages: 11 }, loadNs: 100e6 });
  });

  it('of datagrams whose last are lost is given up after two seconds of silence', async () => {
    const plan = planOf({ protocol: 'udp', length: LENGTH, spacing: ms(10), amount: { bytes: 1000 } });
    const { time, client, server, ask } = groupScene(plan);
    await ask();
    client.group.start();
    server.group.start();
    await time.advance(ms(55));
    client.group.release();
    await time.advance(ms(1990));
    expect(server.complete).toStrictEqual([]);
    await time.advance(ms(30));
    expect(server.complete).toStrictEqual(['up']);
  });

  it('from a plain peer has come when all streams together have it', async () => {
    const plan = planOf({ length: LENGTH, parallel: 2, spacing: ms(10), amount: { bytes: 1000 } });
    const { server, connect, run } = groupScene(plan, { isPlain: true, lastsMs: 200 });
    await connect();
    await connect();
    await run();
    expect(server.complete).toStrictEqual(['up']);
    expect(server.group.progress.bytes).toBe(1000);
  });
});

describe('bursts', () => {
  it('leave together, at the rate of the plan', async () => {
    const plan = planOf({ length: LENGTH, spacing: ms(10), burst: 5, duration: seconds(1) });
    const { time, client, server, connect } = groupScene(plan);
    await connect();
    client.group.start();
    server.group.start();
    await time.advance(ms(20));
    expect(server.group.progress.bytes).toBe(500);
    await time.advance(ms(25));
    expect(server.group.progress.bytes).toBe(500);
    await time.advance(ms(10));
    expect(server.group.progress.bytes).toBe(1000);
    await time.advance(ms(1500));
    expect(server.group.progress.bytes).toBe(10_000);
  });
});

describe('both directions at once', () => {
  it('have streams with ids in the order of their opening, and sums of their own', async () => {
    const plan = planOf({
      length: LENGTH,
      parallel: 2,
      directions: ['up', 'down'],
      spacing: ms(100),
      duration: seconds(2),
    });
    const { client, server, connect, run, finish } = groupScene(plan);
    for (const direction of ['up', 'up', 'down', 'down'] as const) await connect(direction);
    await run();
    const [ofClient, ofServer] = await finish();
    expect(
      ofClient.streams.map(({ direction, isSending, figures }) => [figures.id, direction, isSending]),
    ).toStrictEqual([
      [1, 'up', true],
      [3, 'up', true],
      [4, 'down', false],
      [5, 'down', false],
    ]);
    for (const { streams } of [ofClient, ofServer]) expect(bytesOf(streams)).toStrictEqual([2000, 2000, 2000, 2000]);
    for (const direction of ['up', 'down'] as const) {
      expect(client.group.progressOf(direction).bytes).toBe(4000);
      for (const { intervals } of [client, server])
        expect(sumOf(intervals, { direction, stream: undefined })).toBe(4000);
    }
    expect(sumOf(client.intervals, { direction: 'down', stream: 5 })).toBe(2000);
  });

  it('are opened in no other direction than planned', async () => {
    const { client } = groupScene(planOf({ directions: ['up'] }));
    expect(() => client.group.progressOf('down')).toThrow('no stream goes down in this test');
  });
});

describe('what is omitted', () => {
  const omitting = (protocol: 'tcp' | 'udp', spacing: Span | undefined = ms(100)) =>
    planOf({ protocol, length: LENGTH, spacing, omit: ms(550), duration: seconds(1) });

  it.each([
    ['records', 'tcp', false],
    ['blocks of a plain peer', 'tcp', true],
    ['datagrams', 'udp', false],
    ['datagrams of a plain peer', 'udp', true],
  ] as const)('is in no figure at either end: %s', async (_, protocol, isPlain) => {
    const { client, server, connect, ask, run, finish } = groupScene(omitting(protocol), { isPlain, lastsMs: 1700 });
    await (protocol === 'tcp' ? connect() : ask());
    await run();
    const [ofClient, ofServer] = await finish();
    for (const { streams } of [ofClient, ofServer]) expect(bytesOf(streams)).toStrictEqual([1000]);
    for (const { intervals, group } of [client, server]) {
      expect(intervals).toMatchObject([{ startNs: 0, bytes: 1000 }]);
      expect(group.progress.bytes).toBe(1000);
    }
    if (protocol === 'udp') {
      // Six of them before 550 ms; those that are marked are not seen by the peer's own count.
      const seen = isPlain ? 6 : 0;
      expect(ofClient.streams[0]?.iperf3).toMatchObject({ packets: 16, omittedPackets: 6 });
      expect(ofServer.streams[0]?.iperf3).toStrictEqual({
        errors: 0,
        packets: 10 + seen,
        omittedErrors: 0,
        omittedPackets: seen,
      });
    }
  });

  it('takes nothing from an amount', async () => {
    const plan = planOf({ length: LENGTH, omit: ms(300), spacing: ms(10), amount: { bytes: 1030 } });
    const { client, server, connect, run, finish } = groupScene(plan);
    await connect();
    await run();
    const [ofClient, ofServer] = await finish();
    for (const { streams } of [ofClient, ofServer]) expect(bytesOf(streams)).toStrictEqual([1030]);
    expect([client.complete, server.complete]).toStrictEqual([['up'], ['up']]);
  });

  it('is all of a load that ends before', async () => {
    const { client, server, connect, run, finish } = groupScene(omitting('tcp'), { lastsMs: 400 });
    await connect();
    await run();
    const [ofClient, ofServer] = await finish();
    expect(ofServer.streams[0]).toMatchObject({ figures: { bytes: 0, messages: 0 }, loadNs: 0 });
    expect(ofClient.streams[0]).toMatchObject({ loadNs: 0 });
    expect(server.group.progress.bytes).toBe(0);
    expect(client.told).toStrictEqual([]);
  });
});

describe('intervals that the receiving end reports', () => {
  it('are shown at the sending end, with what that knows itself, and add up at both', async () => {
    const plan = planOf({ length: LENGTH, parallel: 2, spacing: ms(100), duration: seconds(2) });
    const { client, server, connect, run, finish } = groupScene(plan, { hasReports: true });
    await connect();
    await connect();
    await run();
    // Nothing has been reported yet.
    expect(client.intervals).toStrictEqual([]);
    for (const reports of server.reportable) client.group.receive(reports);
    const reported = server.reportable.length;
    await finish();
    for (const reports of server.reportable.slice(reported)) client.group.receive(reports);
    client.group.settle(true);
    const shown = ({ stream, startNs, endNs, bytes, lost, owdMeanNs }: Interval) => [
      stream,
      startNs,
      endNs,
      bytes,
      lost,
      owdMeanNs,
    ];
    expect(client.intervals.map(shown)).toStrictEqual(server.intervals.map(shown));
    expect(client.intervals.map(({ measuredAt, sentBytes }) => [measuredAt, sentBytes])).toStrictEqual(
      [1000, 1000, 2000, 1000, 1000, 2000].map((bytes) => ['receiver', bytes]),
    );
    expect(client.group.intervals).toStrictEqual(client.intervals);
  });

  it('are told also when they came after all was sent', async () => {
    const plan = planOf({ length: LENGTH, spacing: ms(100), duration: seconds(2) });
    const { client, server, connect, run, finish } = groupScene(plan, { hasReports: true });
    await connect();
    await run();
    await finish();
    const [[last] = []] = server.reportable.slice(-1);
    const late = { ...(last as Interval), startNs: 2e9, endNs: 3e9, bytes: 70 };
    for (const reports of [...server.reportable, [late]]) client.group.receive(reports);
    expect(client.intervals.map(({ bytes, sentBytes }) => [bytes, sentBytes])).toStrictEqual([
      [1000, 1000],
      [1000, 1000],
      [70, 0],
    ]);
  });

  it('are told as they were sent where none ever came', async () => {
    const plan = planOf({ length: LENGTH, spacing: ms(100), duration: seconds(2) });
    const { client, connect, run, finish } = groupScene(plan, { hasReports: true });
    await connect();
    await run();
    await finish();
    expect(client.intervals).toStrictEqual([]);
    client.group.settle(false);
    expect(client.intervals.map(({ bytes, measuredAt }) => [bytes, measuredAt])).toStrictEqual([
      [1000, 'sender'],
      [1000, 'sender'],
    ]);
  });
});
