import type { NoticeEvent, PingResult, ProbeCounts, ProbeEvent } from '@pathgauge/result';
import { collect, FakeNetwork, type Fate, type Flight, VirtualTime } from '@pathgauge/testing';
import type { Transport } from '@pathgauge/transport';
import { milliseconds } from '@pathgauge/units';
import { ping } from '../src/ping/ping';
import type { PingOptions } from '../src/ping/ping-options';
import { Reflector } from '../src/reflect/reflector';
import { usualProbes } from './usual-probes';

/** The name that is measured, and its addresses. */
export const NAME = 'server.example';
export const [DEAD, ALIVE, OTHER] = ['10.0.0.8', '10.0.0.9', '10.0.0.7'] as const;
/** The client's addresses. */
export const [OWN, MOVED] = ['10.0.0.1', '10.0.0.2'] as const;
export const PORT = 862;
const ms = milliseconds;

const OPTIONS: PingOptions = usualProbes(NAME, PORT);

/** The reflector's own number on each reply to each source. */
type Heard = Map<string, number[]>;

async function reflect(server: Transport, heard: Heard = new Map()): Promise<void> {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.payload(i);
      const { address, port } = batch.source(i);
      if (reflector.reflect(bytes, batch.source(i), batch.arrival(i)) === undefined) continue;
      const numbers = heard.get(`${address}:${port}`) ?? [];
      heard.set(`${address}:${port}`, [...numbers, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)]);
      batch.reply(i, bytes);
    }
  });
}

export interface World {
  readonly time: VirtualTime;
  readonly network: FakeNetwork;
  readonly abort: AbortController;
  /** What left for each address, and when. */
  readonly flights: (Flight & { readonly atNs: number })[];
  readonly heard: Heard;
}

interface Scene {
  /** The addresses of the name. */
  readonly addresses?: readonly string[];
  readonly fateOf?: (flight: Flight, atNs: number) => Fate;
  readonly prepare?: (world: World) => void | Promise<void>;
}

/** A whole run on virtual time. */
export async function run(options: Partial<PingOptions> = {}, scene: Scene = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client = network.host(OWN);
  const begin = time.now();
  const world: World = { time, network, abort: new AbortController(), flights: [], heard: new Map() };
  network.fateOf = (flight) => {
    const atNs = time.now() - begin;
    world.flights.push({ ...flight, atNs });
    return scene.fateOf?.(flight, atNs) ?? [ms(1)];
  };
  network.names.set(NAME, scene.addresses ?? [DEAD, ALIVE]);
  await reflect(network.host(ALIVE), world.heard);
  await scene.prepare?.(world);
  const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, client, world.abort.signal)));
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'ping') throw new Error('a run ends with its summary');
  return {
    ...world,
    result: last.result,
    counts: last.result.probes as ProbeCounts,
    probes: events.filter((event): event is ProbeEvent => event.type === 'probe'),
    notices: events.filter((event): event is NoticeEvent => event.type === 'notice'),
    sentTo: (address: string) => world.flights.filter(({ to }) => to.address === address),
    openSockets: [...network.sockets.keys()].filter((key) => key.startsWith(OWN)),
  };
}

export const codes = ({ notices }: PingResult): string[] => notices.map(({ code }) => code);
