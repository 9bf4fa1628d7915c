import type { LoadResult, ServerEvent, SessionEvent } from '@pathgauge/result';
import { type ClockSetting, collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { load } from '../src/load/load';
import type { LoadOptions } from '../src/load/plan/load-options';
import { ALL_METRICS } from '../src/metric-switches';
import { type ServeOptions, serve } from '../src/serve';
import { EVERYONE } from './everyone';
import { usualLoad } from './usual-load';

const SERVER = '10.0.0.2';
const PORT = 5201;
const ms = milliseconds;

export interface Scene {
  readonly clock?: Partial<ClockSetting>;
  /** Each way; 3 ms up and 1 ms down by default. */
  readonly way?: Span;
  /** What the server serves otherwise than by default. */
  readonly server?: Partial<ServeOptions>;
  readonly meanwhile?: (at: Scheduler) => void;
  /** Which of the data's datagrams arrive how. */
  readonly fate?: (data: number) => readonly Span[];
}

export interface Scheduler {
  readonly time: VirtualTime;
  readonly network: FakeNetwork;
  readonly abortClient: () => void;
  readonly abortServer: () => void;
}

/** A server and a client, from the first word to the last, on virtual time: 3 ms up, 1 ms down. */
export async function runLoad(
  options: Partial<LoadOptions> = {},
  { clock, way, server: altered, meanwhile, fate }: Scene = {},
) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.streamDelay = (_, to) => way ?? (to.address === SERVER ? ms(3) : ms(1));
  let data = 0;
  network.fateOf = ({ payload, to }) =>
    payload.length >= 100 && fate !== undefined ? fate(data++) : [way ?? (to.address === SERVER ? ms(3) : ms(1))];
  const wanted = { ...usualLoad(SERVER, PORT), ...options };
  const [client, server] = [network.host('10.0.0.1'), network.host(SERVER, clock)];
  const [clientAbort, serverAbort] = [new AbortController(), new AbortController()];
  const serveOptions = {
    runner: `${wanted.protocol}-server`,
    serves: { probes: 'stamp', udpLoad: true, tcpLoad: true },
    address: undefined,
    port: PORT,
    metrics: ALL_METRICS,
    reportInterval: seconds(1),
    once: false,
    ...EVERYONE,
    ...altered,
  } as const;
  const served = collect(serve(serveOptions, server, serverAbort.signal));
  await time.advance(ms(1));
  meanwhile?.({ time, network, abortClient: () => clientAbort.abort(), abortServer: () => serverAbort.abort() });
  try {
    const events = await time.settle(collect(load(wanted, client, clientAbort.signal)));
    await time.advance(seconds(3));
    serverAbort.abort();
    return { events, result: resultOf(events), served: await time.settle(served) };
  } finally {
    serverAbort.abort();
  }
}

function resultOf(events: readonly SessionEvent[]): LoadResult {
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'load') throw new Error('a session ends with its summary');
  return last.result;
}

export const serverResult = (served: readonly ServerEvent[]): LoadResult =>
  resultOf(served.flatMap((event) => (event.type === 'client' ? [event.event] : [])));

export const totalsOf = (served: readonly ServerEvent[]) => {
  const last = served.at(-1);
  return last?.type === 'stopped' ? last.totals : undefined;
};

export function rateUp(result: LoadResult): { bytes: number; messages: number } {
  const { bytes = 0, messages = 0 } = result.throughput?.up ?? {};
  return { bytes, messages };
}
