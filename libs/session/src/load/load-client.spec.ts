import type { OneWayDelay, Result, ServerEvent, SessionEvent } from '@pathgauge/result';
import { type ClockSetting, collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import { ALL_METRICS } from '../metric-switches';
import { serve } from '../serve';
import { load } from './load-client';
import type { LoadOptions } from './load-options';

const SERVER = '10.0.0.2';
const PORT = 5201;
const ms = milliseconds;

const OPTIONS: LoadOptions = {
  protocol: 'tcp',
  host: SERVER,
  port: PORT,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  length: 1000,
  spacing: ms(100),
  duration: seconds(2),
  reverse: false,
  reportInterval: seconds(1),
  metrics: ALL_METRICS,
};

interface Scene {
  readonly clock?: Partial<ClockSetting>;
  readonly meanwhile?: (at: Scheduler) => void;
  /** Which of the data's datagrams arrive how. */
  readonly fate?: (data: number) => readonly Span[];
}

interface Scheduler {
  readonly time: VirtualTime;
  readonly abortClient: () => void;
  readonly abortServer: () => void;
}

/** A server and a client, from the first word to the last, on virtual time: 3 ms up, 1 ms down. */
async function run(options: Partial<LoadOptions> = {}, { clock, meanwhile, fate }: Scene = {}) {
  const time = new VirtualTime();
  const restore = time.install();
  try {
    const network = new FakeNetwork(time);
    network.streamDelay = (_, to) => (to.address === SERVER ? ms(3) : ms(1));
    let data = 0;
    network.fateOf = ({ payload, to }) =>
      payload.length >= 100 && fate !== undefined ? fate(data++) : [to.address === SERVER ? ms(3) : ms(1)];
    const wanted = { ...OPTIONS, ...options };
    const [client, server] = [network.host('10.0.0.1'), network.host(SERVER, clock)];
    const [clientAbort, serverAbort] = [new AbortController(), new AbortController()];
    const serveOptions = {
      protocol: wanted.protocol,
      address: undefined,
      port: PORT,
      metrics: ALL_METRICS,
      reportInterval: seconds(1),
      echo: false,
      once: false,
    };
    const served = collect(serve(serveOptions, server, serverAbort.signal));
    await time.advance(ms(1));
    meanwhile?.({ time, abortClient: () => clientAbort.abort(), abortServer: () => serverAbort.abort() });
    const events = await time.settle(collect(load(wanted, client, clientAbort.signal)));
    await time.advance(seconds(3));
    serverAbort.abort();
    return { events, result: resultOf(events), served: await time.settle(served) };
  } finally {
    restore();
  }
}

function resultOf(events: readonly SessionEvent[]): Result {
  const last = events.at(-1);
  if (last?.type !== 'summary') throw new Error('a session ends with its summary');
  return last.result;
}

const serverResult = (served: readonly ServerEvent[]): Result =>
  resultOf(served.flatMap((event) => (event.type === 'client' ? [event.event] : [])));

const totalsOf = (served: readonly ServerEvent[]) => {
  const last = served.at(-1);
  return last?.type === 'stopped' ? last.totals : undefined;
};

function rateUp(result: Result): { bytes: number; messages: number } {
  const { bytes = 0, messages = 0 } = result.throughput?.up ?? {};
  return { bytes, messages };
}

describe('a TCP load', () => {
  it.each([
    ['up', false],
    ['down', true],
  ] as const)('%s is measured at its receiving end, and both ends say the same', async (direction, reverse) => {
    const { events, result, served } = await run({ reverse }, { clock: { aheadNs: 7_000_000_123 } });
    expect(events[0]).toMatchObject({ type: 'start', runner: 'tcp-client', peer: { protocol: 'pathgauge' } });
    expect(result).toMatchObject({ complete: true, reason: undefined, kind: 'load', probes: undefined });
    // One record each 100 ms for 2 s; every one comes in.
    expect(result.throughput?.[direction]).toMatchObject({ bytes: 20_000, messages: 20 });
    expect(result.streams?.[0]).toMatchObject({ direction, sent: { bytes: 20_000, messages: 20 }, jitterNs: 0 });
    expect(result.jitter).toMatchObject({ [`${direction}Ns`]: 0 });
    // The sum of both ways is 4 ms: half of it is assumed for each, and the interval holds the true delay.
    expect(result.owd).toMatchObject({ basis: 'bounds', [direction]: { count: 20, minNs: 2e6, maxNs: 2e6 } });
    // At either end of the run the clocks may have drifted a little more than the exchanges rule out.
    const { low, high } = (result.owd as OneWayDelay).uncertaintyNs;
    expect([low <= -2e6, low > -2.02e6, high >= 2e6, high < 2.02e6]).toStrictEqual([true, true, true, true]);
    const other = serverResult(served);
    for (const key of ['throughput', 'jitter', 'owd'] as const) expect(other[key]).toStrictEqual(result[key]);
    expect(totalsOf(served)).toMatchObject({ tests: 1, connectionsIgnored: 0 });
  });

  it('reports intervals that add up to the whole, at both ends', async () => {
    const { events, served } = await run();
    const bytes = (all: readonly SessionEvent[]) =>
      all.reduce((sum, event) => (event.type === 'interval' ? sum + event.interval.bytes : sum), 0);
    expect(bytes(events)).toBe(20_000);
    expect(bytes(served.flatMap((event) => (event.type === 'client' ? [event.event] : [])))).toBe(20_000);
  });

  it('as fast as it goes ends with its time; what was sent was received', async () => {
    const { result } = await run({ spacing: undefined, length: 131_072, duration: ms(200) });
    expect(result.complete).toBe(true);
    const { bytes, messages } = rateUp(result);
    expect(bytes).toBe(messages * 131_072);
    expect(result.streams?.[0]?.sent).toMatchObject({ bytes, messages });
    // 512 KiB each 3 ms.
    expect(messages).toBeGreaterThan(4 * 60);
  });

  it('is measured up to an interruption', async () => {
    const { result, served } = await run(
      {},
      { meanwhile: ({ time, abortClient }) => time.schedule(ms(1050), abortClient) },
    );
    expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
    const { messages } = rateUp(result);
    expect(messages).toBeGreaterThanOrEqual(9);
    expect(messages).toBeLessThanOrEqual(11);
    expect(result.streams?.[0]?.sent?.messages).toBe(messages);
    expect(serverResult(served).throughput?.up).toMatchObject({ messages });
  });

  it('is cut short when the server stops; what was sent is still told', async () => {
    const { result, served } = await run(
      {},
      { meanwhile: ({ time, abortServer }) => time.schedule(ms(1050), abortServer) },
    );
    expect(result.complete).toBe(false);
    expect(result.reason).toMatch(/server/);
    expect(result.streams?.[0]).toMatchObject({ bytes: undefined, sent: { messages: expect.any(Number) } });
    expect(serverResult(served)).toMatchObject({ complete: false, reason: 'the server was stopped' });
  });

  it('cannot begin where nobody listens, or where something else does', async () => {
    await expect(run({ port: 9 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(run({ host: 'nowhere' })).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });
});

describe('a UDP load', () => {
  const udp = { protocol: 'udp', length: 100 } as const;

  it('counts what is lost, doubled and overtaken, exactly', async () => {
    // 20 datagrams: number 3 and the last are lost, number 5 comes twice, number 7 after number 8.
    const fates: Readonly<Record<number, readonly Span[]>> = { 3: [], 5: [ms(3), ms(4)], 7: [ms(150)], 19: [] };
    const { result, served } = await run(udp, { fate: (data) => fates[data] ?? [ms(3)] });
    expect(result).toMatchObject({
      complete: true,
      probes: { sent: 20, received: 18, lost: 2, lostUp: 2, duplicates: 1, reordered: 1, lossRatio: 0.1 },
      throughput: { up: { bytes: 1800, messages: 18 } },
    });
    expect(serverResult(served).probes).toStrictEqual(result.probes);
  });

  it('in reverse is counted at the client', async () => {
    const { result } = await run({ ...udp, reverse: true }, { fate: (data) => (data % 4 === 0 ? [] : [ms(1)]) });
    expect(result).toMatchObject({
      complete: true,
      probes: { sent: 20, received: 15, lost: 5, lostUp: undefined, lostDown: 5 },
      throughput: { down: { messages: 15 } },
    });
  });

  it('of which nothing arrives has no throughput, and all is lost', async () => {
    const { result } = await run(udp, { fate: () => [] });
    expect(result.probes).toMatchObject({ sent: 20, received: 0, lost: 20, lossRatio: 1 });
    expect(result.throughput).toBeUndefined();
    expect(result.streams).toMatchObject([{ bytes: 0, messages: 0 }]);
  });
});
