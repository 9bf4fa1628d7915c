import { FEATURES, type Grant } from '@pathgauge/protocol';
import type { Interval } from '@pathgauge/result';
import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { type StreamSocket, TransportError } from '@pathgauge/transport';
import { instant, seconds, WallMap } from '@pathgauge/units';
import { listening } from '../../../test/group-listener';
import { planOf } from '../../../test/load-plans';
import { scriptedRole } from '../../../test/scripted-role';
import { outcomeOf } from '../../../test/stream-outcomes';
import { ALL_METRICS } from '../../metric-switches';
import type { IntervalReport } from './interval-report';
import type { StreamCarrier } from './stream-carrier';
import { StreamGroup, type StreamGroupOptions } from './stream-group';
import type { StreamData } from './stream-messages';

const NOTHING_READ = new Uint8Array(0);
const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);
const ANCHOR = { seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined };
/** Without reports of the other end, which have a spec of their own. */
const FEATURES_ALONE = FEATURES.filter((feature) => feature !== 'reports');
const GRANT: Grant = { version: 1, features: FEATURES_ALONE, token: new Uint8Array(16) };

describe('a group', () => {
  /** A group whose roles say what a test has them say. */
  function scripted(options: Partial<StreamGroupOptions> = {}) {
    const roles: ReturnType<typeof scriptedRole>[] = [];
    const started: StreamData[] = [];
    const takenBack: number[] = [];
    const heard = listening();
    let failure: Error | undefined;
    const time = new VirtualTime();
    const clock = new VirtualClock(time);
    const transport = {
      clock,
      coarseTimer: () => new VirtualTimer(time, clock),
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
    const plan = options.plan ?? planOf();
    const group = new StreamGroup(
      {
        plan,
        isClient: false,
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
    const carrier: StreamCarrier = { kind: 'stream', stream, unread: NOTHING_READ, greeting: ANSWER };
    const open = async (direction = plan.directions[0] ?? 'up'): Promise<void> => {
      const opened = group.open(carrier, direction);
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
    transits: transitMeanNs === undefined ? 0 : 1,
  });

  it('starts a role for each stream, with the plan and the clocks as they stand then', async () => {
    const { open, started, group } = scripted({ plan: planOf({ parallel: 2 }) });
    await open();
    await open();
    expect(started).toMatchObject([
      {
        options: { id: 1, anchor: ANCHOR, peerBaseSeconds: 5, isSending: false },
        carrier: { kind: 'stream', handed: { id: 40 }, greeting: ANSWER },
      },
      { options: { id: 3 }, carrier: { handed: { id: 41 } } },
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
      const { open, roles, intervals, setOffset } = scripted({ plan: planOf({ directions: [direction] }) });
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

  it.each([
    ['a client keeps a day of intervals of a second', true, 86_400],
    ['a server, which has many tests, 20,000 of each', false, 20_000],
  ])('%s; of more it has none, but tells each', async (_, isClient, most) => {
    const { open, roles, intervals, group } = scripted({ isClient });
    await open();
    for (let i = 0; i < most; i++) roles[0]?.say({ word: 'interval', report: reportOf(i) });
    expect(group.intervals).toHaveLength(most);
    roles[0]?.say({ word: 'interval', report: reportOf(most) });
    expect([group.intervals, intervals.length]).toStrictEqual([undefined, most + 1]);
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
    roles[1]?.say({ word: 'finished', outcome: outcomeOf(3, 700) });
    expect(await figures).toStrictEqual({ streams: [outcomeOf(3, 700)] });
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
    await expect(group.open(carrier, 'up')).rejects.toMatchObject({ code: 'EMFILE' });
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
    await expect(group.open(carrier, 'up')).rejects.toThrow('the streams were given up');
    expect(started).toHaveLength(1);
  });
});
