import { join } from 'node:path';
import {
  type LoadResult,
  NOT_ALL_SENT,
  type PingResult,
  type Result,
  type ServerEvent,
  type SessionEvent,
} from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { openTransport, type Transport } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { EVERYONE } from '../test/everyone';
import { usualLoad } from '../test/usual-load';
import { usualProbes } from '../test/usual-probes';
import { load } from './load/load';
import type { LoadOptions } from './load/plan/load-options';
import { ALL_METRICS } from './metric-switches';
import { ping } from './ping/ping';
import { type ServeOptions, type Services, serve } from './serve';

const WORKER = join(__dirname, '../test/session-worker.cjs');

/** A server and its clients, on one transport. */
interface World {
  readonly server: Transport;
  readonly client: Transport;
  readonly address: string;
  settle<T>(promise: Promise<T>): Promise<T>;
}

const optionsOf = (address: string, serves: Services): ServeOptions => ({
  runner: 'udp-server',
  serves,
  address,
  port: 0,
  metrics: ALL_METRICS,
  reportInterval: seconds(1),
  once: false,
  ...EVERYONE,
});

const loadOf = (host: string, port: number, protocol: 'tcp' | 'udp'): LoadOptions => ({
  ...usualLoad(host, port),
  protocol,
  length: 200,
  spacing: milliseconds(10),
  duration: milliseconds(300),
});

const never = (): AbortSignal => new AbortController().signal;

/** Serves what is asked for, has `act` use it, and returns what the server has told. */
async function during(world: World, serves: Services, act: (port: number) => Promise<void>): Promise<ServerEvent[]> {
  const abort = new AbortController();
  const told: ServerEvent[] = [];
  let hasBegun = (_: number): void => {};
  const begun = new Promise<number>((resolve) => {
    hasBegun = resolve;
  });
  const listen = async (): Promise<void> => {
    for await (const event of serve(optionsOf(world.address, serves), world.server, abort.signal)) {
      told.push(event);
      if (event.type === 'listening') hasBegun(event.sockets[0]?.port as number);
    }
  };
  const over = listen();
  await act(await world.settle(Promise.race([begun, over.then(() => 0)])));
  abort.abort();
  await world.settle(over);
  return told;
}

function resultOf(events: readonly SessionEvent[]): Result {
  const last = events.at(-1);
  if (last?.type !== 'summary') throw new Error('a session ends with its summary');
  return last.result;
}

const servedOn = (events: readonly ServerEvent[]) =>
  events.flatMap((event) => (event.type === 'listening' ? event.sockets : []));

const totalsOf = (events: readonly ServerEvent[]) =>
  events.flatMap((event) => (event.type === 'stopped' ? [event.totals] : []))[0];

const WORLDS: Readonly<Record<string, () => World>> = {
  fake: () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    network.crossing = milliseconds(0.05);
    const [server, client] = [network.host('10.0.0.2'), network.host('10.0.0.1')];
    return { server, client, address: '10.0.0.2', settle: (promise) => time.settle(promise) };
  },
  portable: () => realWorld('portable'),
  'best of this host': () => realWorld('auto'),
};

function realWorld(choice: 'portable' | 'auto'): World {
  const open = (): Transport => openTransport({ choice, threadFile: WORKER, spin: 'never' });
  return { server: open(), client: open(), address: '127.0.0.1', settle: (promise) => promise };
}

describe.each(Object.entries(WORLDS))('a server on the %s transport', (_, makeWorld) => {
  it('serves probes, UDP load and TCP load at once on one port', async () => {
    const world = makeWorld();
    const { client, address } = world;
    const over: SessionEvent[][] = [];
    const events = await during(world, { probes: 'stamp', udpLoad: true, tcpLoad: true }, async (port) => {
      const probes = { ...usualProbes(address, port), count: 5, interval: milliseconds(50) };
      const runs = [
        collect(ping(probes, client, never())),
        collect(load(loadOf(address, port, 'udp'), client, never())),
        collect(load(loadOf(address, port, 'tcp'), client, never())),
      ];
      for (const run of runs) over.push(await world.settle(run));
    });
    const [ofProbes, ofUdp, ofTcp] = over.map(resultOf);
    // A host that is busy with other things sends less than was planned.
    const received = (ofProbes as PingResult).probes?.received;
    expect(received).toBeGreaterThan(0);
    expect(ofProbes).toMatchObject({ kind: 'ping', probes: { sent: received, lost: 0 } });
    for (const result of [ofUdp, ofTcp] as LoadResult[]) {
      expect(result.throughput?.up?.messages).toBeGreaterThan(0);
      expect([undefined, NOT_ALL_SENT]).toContain(result.reason);
    }
    expect(servedOn(events).map(({ serves }) => serves)).toStrictEqual(['probes', 'udp-load', 'tcp-load']);
    expect(new Set(servedOn(events).map(({ port }) => port)).size).toBe(1);
    expect(totalsOf(events)).toMatchObject({ tests: 2, probeSessions: 1, datagramsIgnored: 0, connectionsIgnored: 0 });
  });

  it.each([
    [{ probes: 'stamp', udpLoad: false, tcpLoad: false }, ['probes']],
    [{ probes: 'echo', udpLoad: false, tcpLoad: true }, ['echo', 'tcp-load']],
    [{ probes: 'echo', udpLoad: true, tcpLoad: false }, ['echo', 'udp-load']],
    [{ probes: undefined, udpLoad: false, tcpLoad: true }, ['tcp-load']],
  ] as const)('serves nothing that was not asked for: %j', async (serves, expected) => {
    const world = makeWorld();
    const { client, address } = world;
    const outcomes: string[] = [];
    const events = await during(world, serves, async (port) => {
      for (const protocol of ['udp', 'tcp'] as const) {
        const run = collect(load(loadOf(address, port, protocol), client, never()));
        outcomes.push(
          await world.settle(
            run.then(
              (told) => `${(resultOf(told) as LoadResult).throughput?.up !== undefined}`,
              () => 'refused',
            ),
          ),
        );
      }
    });
    expect(servedOn(events).map((each) => each.serves)).toStrictEqual(expected);
    expect(outcomes).toStrictEqual([`${serves.udpLoad || 'refused'}`, `${serves.tcpLoad || 'refused'}`]);
  });
});
