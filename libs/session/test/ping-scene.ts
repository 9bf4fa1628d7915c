import type { NoticeEvent, PingResult, ProbeCounts, ProbeEvent, SessionEvent } from '@pathgauge/result';
import { type ClockSetting, collect, FakeNetwork, type Fate, VirtualTime } from '@pathgauge/testing';
import type { DatagramSocket, Transport } from '@pathgauge/transport';
import { milliseconds } from '@pathgauge/units';
import { ping } from '../src/ping/ping';
import type { PingOptions } from '../src/ping/ping-options';
import { Reflector } from '../src/reflect/reflector';
import { usualProbes } from './usual-probes';

export const SERVER = '10.0.0.2';
export const PORT = 862;
export const ms = milliseconds;

export const OPTIONS: PingOptions = usualProbes(SERVER, PORT);

/** What answers the probes. */
export type Serve = (server: Transport) => Promise<DatagramSocket | undefined>;

export const reflect: Serve = async (server) => {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      if (reflector.reflect(batch.payload(i), batch.source(i), batch.arrival(i))) batch.reply(i, batch.payload(i));
    }
  });
  return socket;
};

export const echo: Serve = async (server) => {
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) batch.reply(i, batch.payload(i));
  });
  return socket;
};

export interface Scene {
  /** What becomes of the request of each probe, and of its reply. */
  readonly up?: (probe: number) => Fate;
  readonly down?: (probe: number) => Fate;
  readonly serve?: Serve;
  readonly clock?: Partial<ClockSetting>;
  /** Something that happens on the way. */
  readonly meanwhile?: (time: VirtualTime, abort: AbortController, network: FakeNetwork) => void;
}

/** Runs a whole session on virtual time. */
export async function run(options: Partial<PingOptions> = {}, scene: Scene = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client = network.host('10.0.0.1');
  const server = network.host(SERVER, scene.clock);
  const probes = { up: 0, down: 0 };
  network.fateOf = ({ to }) => {
    const direction = to.address === SERVER ? 'up' : 'down';
    return scene[direction]?.(probes[direction]++) ?? [ms(1)];
  };
  await (scene.serve ?? reflect)(server);
  const abort = new AbortController();
  scene.meanwhile?.(time, abort, network);
  const begin = time.now();
  const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, client, abort.signal)));
  return { ...sorted(events), events, tookNs: time.now() - begin };
}

function sorted(events: SessionEvent[]) {
  const [first, last] = [events[0], events.at(-1)];
  if (first?.type !== 'start' || last?.type !== 'summary' || last.result.kind !== 'ping')
    throw new Error('a session begins and ends in order');
  expect(events.filter(({ type }) => type === 'start' || type === 'summary')).toHaveLength(2);
  const probes = events.filter((event): event is ProbeEvent => event.type === 'probe');
  return {
    start: first,
    probes,
    outcomes: probes.map(({ sequence, outcome }) => `${sequence} ${outcome}`),
    notices: events.filter((event): event is NoticeEvent => event.type === 'notice'),
    result: last.result,
    counts: last.result.probes as ProbeCounts,
  };
}

/** What holds of every session, whatever happened on the way. */
export function expectConsistent(result: PingResult, probes: readonly ProbeEvent[]): void {
  const counts = result.probes as ProbeCounts;
  const of = (outcome: ProbeEvent['outcome']) => probes.filter((probe) => probe.outcome === outcome);
  expect(counts.sent).toBe(counts.received + counts.lost);
  expect(of('received')).toHaveLength(counts.received);
  expect(of('lost')).toHaveLength(counts.lost);
  expect(of('late')).toHaveLength(counts.late as number);
  expect(of('duplicate')).toHaveLength(counts.duplicates as number);
  expect(probes.filter(({ reordered }) => reordered)).toHaveLength(counts.reordered as number);
  expect(counts.lossRatio).toBe(counts.lost / counts.sent);
  expect(result.rtt?.count ?? 0).toBe(counts.received);
}
