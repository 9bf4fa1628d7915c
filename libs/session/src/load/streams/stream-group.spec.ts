import { encodeStreamOpening, FEATURES, type Grant } from '@pathgauge/protocol';
import type { Interval } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { type StreamSocket, TransportError } from '@pathgauge/transport';
import { type Instant, instant, milliseconds, seconds, WallMap } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { scriptedRole } from '../../../test/scripted-role';
import { outcomeOf } from '../../../test/stream-outcomes';
import { ALL_METRICS } from '../../metric-switches';
import type { LoadPlan } from '../plan/load-plan';
import type { IntervalReport } from './interval-report';
import { type StreamCarrier, StreamGroup, type StreamGroupOptions, type StreamListener } from './stream-group';
import type { StreamData } from './stream-messages';

const ms = milliseconds;
const LENGTH = 100;
const NOTHING_READ = new Uint8Array(0);
const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);
const ANCHOR = { seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined };
const GRANT: Grant = { version: 1, features: FEATURES, token: new Uint8Array(16) };

let restore = (): void => {};
afterEach(() => restore());

/** Listens to a group and keeps what it tells. */
function listening() {
  const intervals: Interval[] = [];
  const told: string[] = [];
  const listener: StreamListener = {
    onInterval: (interval) => intervals.push(interval),
    onBroken: (why) => told.push(`broken: ${why}`),
    onClosed: (error) => told.push(`closed: ${error?.message}`),
    onSendError: ({ message }) => told.push(`not sent: ${message}`),
    onIcmp: ({ error }) => told.push(`icmp: ${error}`),
  };
  return { intervals, told, listener };
}

describe('the two ends of streams', () => {
  const paced = (wanted: Partial<LoadPlan>): LoadPlan =>
    planOf({ length: LENGTH, spacing: ms(100), duration: seconds(2), ...wanted });

  /** A client and a server of one plan, a millisecond apart, and messages to their roles take 50 us. */
  function scene(plan: LoadPlan) {
    const time = new VirtualTime();
    restore = time.install();
    const network = new FakeNetwork(time);
    network.crossing = ms(0.05);
    const [near, far] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
    const begin = time.now();
    const endOf = (transport: typeof near, isSending: boolean) => {
      const heard = listening();
      const options: StreamGroupOptions = {
        plan,
        isSending,
        metrics: ALL_METRICS,
        grant: GRANT,
        session: { wall: new WallMap(transport.clock.anchor()), latestOffsetNs: () => 1000 },
        transport,
        reportInterval: seconds(1),
        hangsUp: false,
      };
      return { ...heard, group: new StreamGroup(options, heard.listener) };
    };
    const isUp = plan.direction === 'up';
    const [client, server] = [endOf(near, isUp), endOf(far, !isUp)];

    /** One stream more, over a connection. */
    async function connect(): Promise<void> {
      const accepted: StreamSocket[] = [];
      const listener = await far.listen({ port: 7 }, (stream) => accepted.push(stream));
      const stream = await time.settle(near.connectStream(listener.local, { timeoutMs: 1000 }));
      listener.close();
      const carrier = { kind: 'stream', unread: NOTHING_READ, dscp: undefined, greeting: undefined } as const;
      await time.settle(
        Promise.all([
          client.group.open({ ...carrier, stream }),
          server.group.open({ ...carrier, stream: accepted[0] as StreamSocket }),
        ]),
      );
    }

    /** One stream more, of datagrams. */
    async function ask(): Promise<void> {
      const bound = await far.bindDatagrams({ bind: { port: 7 } });
      bound.onBatch((batch) => {
        const { address } = bound.local;
        const answering = { beside: bound.bound, address, peer: batch.source(0), dontFragment: false, answer: ANSWER };
        void server.group.open({ kind: 'answer', ...answering });
      });
      const asking = { bind: undefined, ttl: undefined, dscp: undefined, dontFragment: false };
      const opening = encodeStreamOpening(undefined);
      await time.settle(client.group.open({ kind: 'ask', peer: bound.local, opening, ...asking }));
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
    const { client, server, connect, ask, run, finish } = scene(paced({ direction, protocol }));
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
    const { client, server, connect, run, finish } = scene(paced({}));
    await connect();
    await connect();
    await run();
    const [ofClient, ofServer] = await finish();
    for (const { streams } of [ofClient, ofServer]) {
      expect(streams.map(({ figures }) => [figures.id, figures.bytes])).toStrictEqual([
        [1, 2000],
        [2, 2000],
      ]);
    }
    expect([client.group.progress.bytes, server.group.progress]).toMatchObject([
      4000,
      { bytes: 4000, isComplete: true },
    ]);
    // Two streams, two intervals each.
    expect(server.intervals).toHaveLength(4);
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
    restore();
    const udp = scene(paced({ protocol: 'udp' }));
    await udp.ask();
    udp.client.group.release();
    udp.server.group.release();
    await udp.time.advance(ms(10));
    // The server's own.
    expect([...udp.network.sockets.keys()]).toStrictEqual(['10.0.0.2:7']);
  });
});

describe('a group', () => {
  /** A group whose roles say what a test has them say. */
  function scripted(options: Partial<StreamGroupOptions> = {}) {
    const roles: ReturnType<typeof scriptedRole>[] = [];
    const started: StreamData[] = [];
    const takenBack: number[] = [];
    const heard = listening();
    let failure: Error | undefined;
    const transport = {
      start: (_: unknown, data: unknown) => {
        if (failure !== undefined) throw failure;
        started.push(data as StreamData);
        roles.push(scriptedRole());
        return roles.at(-1)?.handle as never;
      },
      handOver: () => ({ id: 40 + started.length }),
      takeBack: ({ id }: { readonly id: number }) => void takenBack.push(id),
    };
    let offset: number | undefined;
    const group = new StreamGroup(
      {
        plan: planOf(),
        isSending: false,
        metrics: ALL_METRICS,
        grant: GRANT,
        session: { wall: new WallMap(ANCHOR, 5), latestOffsetNs: () => offset },
        transport,
        reportInterval: seconds(1),
        hangsUp: false,
        ...options,
      },
      heard.listener,
    );
    const destroyed = jest.fn();
    const stream = { destroy: destroyed } as unknown as StreamSocket;
    const carrier: StreamCarrier = { kind: 'stream', stream, unread: NOTHING_READ, dscp: 46, greeting: ANSWER };
    const open = async (): Promise<void> => {
      const opened = group.open(carrier);
      roles.at(-1)?.say({ word: 'ready', facts: { receiveTimestamps: 'kernel', receiveBufferBytes: roles.length } });
      await opened;
    };
    const setOffset = (ns: number | undefined): void => void (offset = ns);
    const fail = (error: Error): void => void (failure = error);
    return { ...heard, group, roles, started, takenBack, carrier, destroyed, open, setOffset, fail };
  }

  const reportOf = (bytes: number, transitMeanNs?: number): IntervalReport => ({
    interval: { bytes, owdMeanNs: undefined } as Interval,
    transitMeanNs,
  });

  it('starts a role for each stream, with the plan and the clocks as they stand then', async () => {
    const { open, started, group } = scripted();
    await open();
    await open();
    expect(started).toMatchObject([
      {
        options: { id: 1, anchor: ANCHOR, peerBaseSeconds: 5, isSending: false },
        carrier: { kind: 'stream', handed: { id: 40 }, dscp: 46, greeting: ANSWER },
      },
      { options: { id: 2 }, carrier: { handed: { id: 41 } } },
    ]);
    // Plain data: a socket cannot cross.
    expect(started[0]?.carrier).not.toHaveProperty('stream');
    expect(() => structuredClone(started)).not.toThrow();
    expect(group.carrier).toStrictEqual({ receiveTimestamps: 'kernel', receiveBufferBytes: 1 });
  });

  it.each([
    ['records of a Pathgauge', 'tcp', GRANT, true],
    ['datagrams of a Pathgauge', 'udp', GRANT, true],
    ['records that were not granted', 'tcp', { ...GRANT, features: ['datagrams', 'clock'] }, false],
    ['datagrams that were not granted', 'udp', { ...GRANT, features: ['records', 'clock'] }, false],
    ['a plain iperf3', 'tcp', undefined, false],
  ] as const)('gives wall time to messages of %s: %p', async (_, protocol, grant, expected) => {
    const { open, started } = scripted({ plan: planOf({ protocol }), grant: grant as Grant | undefined });
    await open();
    expect(started[0]?.options.anchor !== undefined).toBe(expected);
  });

  it('adds the mean one-way delay to an interval, with the offset of then; unknown without one', async () => {
    for (const [direction, expected] of [
      ['up', [undefined, 70, 60, undefined]],
      ['down', [undefined, 130, 140, undefined]],
    ] as const) {
      const { open, roles, intervals, setOffset } = scripted({ plan: planOf({ direction }) });
      await open();
      roles[0]?.say({ word: 'interval', report: reportOf(1, 100) });
      setOffset(30);
      roles[0]?.say({ word: 'interval', report: reportOf(2, 100) });
      setOffset(40);
      roles[0]?.say({ word: 'interval', report: reportOf(3, 100) });
      roles[0]?.say({ word: 'interval', report: reportOf(4) });
      expect(intervals.map(({ owdMeanNs }) => owdMeanNs)).toStrictEqual(expected);
    }
  });

  it('keeps a day of intervals of a second; of more it has none, but tells each', async () => {
    const { open, roles, intervals, group } = scripted();
    await open();
    for (let i = 0; i < 86_400; i++) roles[0]?.say({ word: 'interval', report: reportOf(i) });
    expect(group.intervals).toHaveLength(86_400);
    roles[0]?.say({ word: 'interval', report: reportOf(86_400) });
    expect([group.intervals, intervals.length]).toStrictEqual([undefined, 86_401]);
  });

  it('tells what its roles say', async () => {
    const { open, roles, told } = scripted();
    await open();
    const error = { name: 'Error', message: 'no route', code: 'ENETUNREACH', mtuBytes: undefined };
    roles[0]?.say({ word: 'broken', why: 'odd' });
    roles[0]?.say({ word: 'closed', error });
    roles[0]?.say({ word: 'send-error', error });
    roles[0]?.say({ word: 'icmp', heard: { error: 'EHOSTUNREACH', icmp: undefined, count: 1 } });
    expect(told).toStrictEqual(['broken: odd', 'closed: no route', 'not sent: no route', 'icmp: EHOSTUNREACH']);
  });

  it('finishes once, with the end that it was told first; a stream whose role has failed is missing', async () => {
    const { open, roles, group, told } = scripted();
    await open();
    await open();
    roles[0]?.fail(new TransportError('EIO', 'gone'));
    const figures = group.finish(instant(9e9));
    const again = group.finish(instant(10e9));
    roles[1]?.say({ word: 'finished', outcome: outcomeOf(2, 700) });
    expect(await figures).toStrictEqual({ streams: [outcomeOf(2, 700)] });
    expect(await again).toBe(await figures);
    expect(roles[1]?.orders).toStrictEqual([{ order: 'finish', end: 9e9 }]);
    expect(told).toStrictEqual(['closed: gone']);
  });

  it('of no stream has nothing, and nothing to wait for', async () => {
    const { group } = scripted();
    await group.stop();
    expect(await group.finish(instant(1))).toStrictEqual({ streams: [] });
    expect([group.carrier, group.intervals, group.progress]).toStrictEqual([
      undefined,
      [],
      { bytes: 0, lastArrival: undefined, isComplete: undefined },
    ]);
  });

  it('takes a connection back when its role cannot be started', async () => {
    const { group, carrier, takenBack, fail } = scripted();
    fail(new TransportError('EMFILE', 'too many open files'));
    await expect(group.open(carrier)).rejects.toMatchObject({ code: 'EMFILE' });
    expect(takenBack).toStrictEqual([40]);
  });

  it('closes its own end of a connection when the role has ended, however', async () => {
    for (const end of ['end', 'fail'] as const) {
      const { open, roles, destroyed } = scripted();
      await open();
      expect(destroyed).not.toHaveBeenCalled();
      roles[0]?.[end](new Error('odd') as never);
      await new Promise((resolve) => setImmediate(resolve));
      expect(destroyed).toHaveBeenCalledTimes(1);
    }
  });

  it('opens nothing more when it was released', async () => {
    const { open, group, carrier, started } = scripted();
    await open();
    group.release();
    await expect(group.open(carrier)).rejects.toThrow('the streams were given up');
    expect(started).toHaveLength(1);
  });
});
