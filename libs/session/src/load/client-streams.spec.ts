import { encodeStreamOpening } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import type { ConnectOptions, Endpoint } from '@pathgauge/transport';
import { planOf } from '../../test/load-plans';
import { type ClientStreams, openStreams } from './client-streams';
import type { LoadPlan } from './plan/load-plan';
import { PLAIN_SOCKETS } from './plan/socket-plan';
import type { StreamCarrier } from './streams/stream-carrier';

const SERVER = { address: '10.0.0.2', port: 5201 };
const COOKIE = Uint8Array.of(1, 2, 3);
const TOKEN = new Uint8Array(16).fill(7);

interface Scene extends Partial<Omit<ClientStreams, 'plan'>> {
  readonly plan?: Partial<LoadPlan>;
  /** How the opening of each stream ends, by its number from 0. */
  readonly opening?: (index: number) => Promise<void>;
}

/** What a client opens for this plan, in its order. */
async function opened({ plan, opening = async () => {}, ...altered }: Scene) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const done: unknown[] = [];
  let connections = 0;
  const connectStream = async (peer: Endpoint, { bind, settings }: ConnectOptions) => {
    const name = `connection ${++connections}`;
    done.push([name, peer, bind, settings]);
    return { name, destroy: () => done.push(`${name} destroyed`) } as never;
  };
  const carriers: [StreamCarrier, Direction][] = [];
  const begin = time.now();
  const failure = await time.settle(
    openStreams(
      {
        open: (carrier, direction) => {
          carriers.push([carrier, direction]);
          return opening(carriers.length - 1);
        },
      },
      {
        plan: planOf(plan),
        options: { bind: undefined, ttl: undefined },
        transport: { clock, coarseTimer: () => new VirtualTimer(time, clock), connectStream } as never,
        remote: SERVER,
        name: 'server port 5201',
        cookie: COOKIE,
        grant: undefined,
        failure: new Promise(() => {}),
        isReleased: () => false,
        ...altered,
      },
    ).then(
      () => undefined,
      (error: Error & { code?: string }) => error,
    ),
  );
  return { done, carriers, failure, passedMs: (time.now() - begin) / 1e6 };
}

describe('the streams of a client', () => {
  it('over TCP are connections that begin with the cookie, those that send first', async () => {
    const { done, carriers } = await opened({
      plan: { directions: ['up', 'down'], parallel: 2 },
      options: { bind: '10.0.0.1', ttl: undefined },
    });
    expect(done).toStrictEqual([1, 2, 3, 4].map((i) => [`connection ${i}`, SERVER, '10.0.0.1', undefined]));
    expect(carriers).toMatchObject(
      (['up', 'up', 'down', 'down'] as const).map((direction, i) => [
        { kind: 'stream', stream: { name: `connection ${i + 1}` }, greeting: COOKIE },
        direction,
      ]),
    );
  });

  it('tell the server of windows, segments and marks with their first packet', async () => {
    const asked = { windowBytes: 65_536, mssBytes: 900, congestion: 'reno', trafficClass: 184 };
    const { done } = await opened({ plan: { sockets: { ...PLAIN_SOCKETS, ...asked, pacingBytesPerSecond: 1e6 } } });
    expect(done).toStrictEqual([['connection 1', SERVER, undefined, asked]]);
  });

  it.each([
    ['their token', { version: 1, features: [], token: TOKEN }, TOKEN],
    ['none', undefined, undefined],
  ] as const)('over UDP ask with %s', async (_, grant, token) => {
    const { done, carriers } = await opened({
      plan: { protocol: 'udp', directions: ['down'], parallel: 2 },
      options: { bind: '10.0.0.1', ttl: 9 },
      grant,
    });
    expect(done).toStrictEqual([]);
    const asking = { kind: 'ask', peer: SERVER, bind: '10.0.0.1', ttl: 9, opening: encodeStreamOpening(token) };
    expect(carriers).toStrictEqual([
      [asking, 'down'],
      [asking, 'down'],
    ]);
  });

  it('are opened one after the other', async () => {
    const never = opened({
      plan: { parallel: 3 },
      opening: (i) => (i === 1 ? new Promise(() => {}) : Promise.resolve()),
    });
    await expect(never).rejects.toThrow('nothing is left to happen');
    const { carriers, failure } = await opened({
      plan: { parallel: 3 },
      opening: async (i) => {
        if (i === 1) throw new Error('the second fails');
      },
    });
    expect([carriers.length, failure?.message]).toStrictEqual([2, 'the second fails']);
  });

  it('over UDP wait five seconds for each answer', async () => {
    const { carriers, failure, passedMs } = await opened({
      plan: { protocol: 'udp', parallel: 3 },
      opening: (i) => (i === 1 ? new Promise(() => {}) : Promise.resolve()),
    });
    expect(failure).toMatchObject({
      code: 'ETIMEDOUT',
      message: 'server port 5201 does not answer on UDP; is the port open for UDP in the firewall?',
    });
    expect([carriers.length, passedMs]).toStrictEqual([2, 5000]);
  });

  it('are opened no more when the server has left, or the test was given up', async () => {
    const left = await opened({
      plan: { parallel: 3 },
      opening: () => new Promise(() => {}),
      failure: Promise.reject(new Error('the server has left')),
    });
    expect([left.carriers.length, left.failure?.message]).toStrictEqual([1, 'the server has left']);
    const released = await opened({ plan: { parallel: 3 }, isReleased: () => true });
    expect(released.carriers).toStrictEqual([]);
    expect(released.done.at(-1)).toBe('connection 1 destroyed');
  });
});
