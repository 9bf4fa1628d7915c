import type { Distribution, OneWayDelay, PingResult } from '@pathgauge/result';
import { type ClockSetting, collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { instant, milliseconds, span } from '@pathgauge/units';
import fc from 'fast-check';
import { usualProbes } from '../../test/usual-probes';
import { ALL_METRICS } from '../metric-switches';
import { Reflector } from '../reflect/reflector';
import { ping } from './ping';
import type { PingOptions } from './ping-options';

const CLIENT = '10.0.0.1';
const SERVER = '10.0.0.2';
const PORT = 862;
const ms = milliseconds;

const OPTIONS: PingOptions = {
  ...usualProbes(SERVER, PORT),
  interval: ms(20),
  count: 60,
  timeout: ms(1000),
  probeEvents: false,
};

interface Scene {
  /** The true delays of probe number i, in nanoseconds. */
  readonly up?: (probe: number) => number;
  readonly down?: (probe: number) => number;
  readonly client?: Partial<ClockSetting>;
  readonly server?: Partial<ClockSetting>;
  readonly sameHost?: boolean;
  /** What the server does to its replies. */
  readonly forge?: (reply: DataView) => void;
}

/** Runs a whole session on virtual time. All probes are answered, in order. */
async function run(options: Partial<PingOptions> = {}, scene: Scene = {}) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const client = network.host(scene.sameHost ? SERVER : CLIENT, scene.client);
  const host = scene.sameHost ? client : network.host(SERVER, scene.server);
  const truth = { up: [] as number[], down: [] as number[], begin: Number.NaN, end: 0 };
  const count = options.count ?? (OPTIONS.count as number);
  network.fateOf = ({ to, payload }) => {
    const [way, at] = to.port === PORT ? (['up', 0] as const) : (['down', 24] as const);
    const probe = new DataView(payload.buffer).getUint32(at);
    const delay = scene[way]?.(probe) ?? 1e6;
    if (probe >= count) return [span(delay)];
    truth[way].push(delay);
    if (probe === 0 && way === 'up') truth.begin = time.now();
    if (way === 'down') truth.end = time.now() + delay;
    return [span(delay)];
  };
  const reflector = new Reflector(host.clock, () => {});
  const socket = await host.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const payload = batch.payload(i);
      reflector.reflect(payload, batch.source(i), instant(batch.arrival(i)));
      scene.forge?.(new DataView(payload.buffer, payload.byteOffset));
      batch.reply(i, payload);
    }
  });
  const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, client, new AbortController().signal)));
  const last = events.at(-1);
  if (last?.type !== 'summary' || last.result.kind !== 'ping') throw new Error('a session ends with its summary');
  const notices = events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));
  return { result: last.result, truth, notices };
}

type Truth = Awaited<ReturnType<typeof run>>['truth'];

const meanOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

function statisticsOf(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as number[];
  return [sorted[0] as number, meanOf(middle), meanOf(values), sorted.at(-1) as number];
}

const figuresOf = (delay: Distribution | undefined): number[] =>
  [delay?.minNs, delay?.medianNs, delay?.meanNs, delay?.maxNs].map((each) => each ?? Number.NaN);

/** What the server's clock is ahead at `at` on virtual time. */
const offsetAt = ({ aheadNs = 0, skewPpm = 0, steps = [] }: Partial<ClockSetting>, at: number): number =>
  aheadNs + at * skewPpm * 1e-6 + steps.reduce((sum, step) => sum + (at >= step.at ? step.byNs : 0), 0);

/** What no clock and no path may break. */
function expectTrue({ owd, rtt }: PingResult, truth: Truth, server: Partial<ClockSetting>): void {
  const { clock, uncertaintyNs, up, down } = owd as OneWayDelay;
  const skew = Math.abs((server.skewPpm ?? 0) * 1e-6);
  const slack = skew * Math.max(...truth.up, ...truth.down) + 2;
  const offset = offsetAt(server, (truth.begin + truth.end) / 2);
  expect(clock.offsetLowNs).toBeLessThanOrEqual(offset + slack);
  expect(clock.offsetHighNs).toBeGreaterThanOrEqual(offset - slack);
  const { low, high } = uncertaintyNs;
  const outside = [
    [figuresOf(up), statisticsOf(truth.up), low, high],
    [figuresOf(down), statisticsOf(truth.down), -high, -low],
  ].flatMap(([values, trues, from, to]) =>
    (values as number[]).filter((value, i) => {
      const error = ((trues as number[])[i] as number) - value;
      return !(error >= (from as number) - slack && error <= (to as number) + slack);
    }),
  );
  expect(outside).toStrictEqual([]);
  expect(Math.abs((up?.meanNs ?? 0) + (down?.meanNs ?? 0) - (rtt?.meanNs ?? 0))).toBeLessThan(1);
}

const delays = fc.oneof(
  fc.integer({ min: 0, max: 50e6 }).map((constant) => () => constant),
  // Seldom near the smallest one.
  fc.tuple(fc.integer({ min: 0, max: 30e6 }), fc.array(fc.nat(20e6), { minLength: 7, maxLength: 61 })).map(
    ([least, more]) =>
      (probe: number) =>
        least + (more[probe % more.length] as number),
  ),
);
const offsets = fc.integer({ min: -1e12, max: 1e12 });
const skews = fc.integer({ min: -100, max: 100 });

describe('the one-way delays of a session', () => {
  it('contain the truth, whatever the clocks and the path do', async () => {
    // Higher than any round trip here: a small step in a noisy run cannot be told from a drift.
    const heights = offsets.map((by) => by + (by < 0 ? -2e8 : 2e8));
    const step = fc.option(fc.tuple(fc.integer({ min: 2, max: 12 }), heights), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(delays, delays, offsets, skews, step, async (up, down, aheadNs, skewPpm, stepped) => {
        // Nothing is in order of sending where delays differ by more than the interval: here they may. Mid-run is at about
        // 1.6 s, where the step is not.
        const steps = stepped === undefined ? [] : [{ at: instant(1e9 + stepped[0] * 35e6), byNs: stepped[1] }];
        const server = { aheadNs, skewPpm, steps };
        const { result, truth } = await run({}, { up, down, server });
        expect(result.owd?.basis).toBe('bounds');
        expectTrue(result, truth, server);
      }),
      { numRuns: 60 },
    );
  });

  it('have no queueing with constant delays, whatever the clocks do', async () => {
    const constant = fc.integer({ min: 0, max: 50e6 });
    await fc.assert(
      fc.asyncProperty(constant, constant, offsets, skews, async (up, down, aheadNs, skewPpm) => {
        const server = { aheadNs, skewPpm };
        const { result } = await run({ count: 100 }, { up: () => up, down: () => down, server });
        // A drift of four times what timestamps are taken to be off by, 1 us, is no skew: 4 us in 100 probes.
        expect(result.queueing?.up?.maxNs).toBeLessThanOrEqual(4100);
        expect(result.queueing?.down?.maxNs).toBeLessThanOrEqual(4100);
        expect(result.jitter?.upNs).toBeLessThanOrEqual(3 + 41);
      }),
      { numRuns: 20 },
    );
  });

  it.each([-100, -20, 0, 20, 100])('show a clock that gains %d ppm', async (skewPpm) => {
    // 300 probes over 30 s, of 0 to 200 us more than the least.
    const noise = (seed: number) => (probe: number) => 5e6 + ((probe * seed) % 199) * 1e3;
    const scene = { up: noise(67), down: noise(113), server: { aheadNs: 3e9, skewPpm } };
    const { result, truth } = await run({ count: 300, interval: ms(100) }, scene);
    const { clock } = result.owd as NonNullable<PingResult['owd']>;
    if (skewPpm === 0) expect(clock.skewPpm).toBeUndefined();
    else expect(clock.skewPpm).toBeCloseTo(skewPpm, 0);
    expect(clock.skewLowPpm).toBeLessThanOrEqual(skewPpm);
    expect(clock.skewHighPpm).toBeGreaterThanOrEqual(skewPpm);
    expect(result.owd?.clock.steps).toBe(0);
    expectTrue(result, truth, scene.server);
  });

  it.each([[[10e6]], [[-10e6]], [[1e9]], [[-1e12]], [[30e6, -50e6]]])(
    'count the steps %p of a clock',
    async (heights) => {
      // At 1.3 s, and at 1.85 s; 60 probes leave from 1 to 2.2 s.
      const steps = heights.map((byNs, i) => ({ at: instant(1.3e9 + i * 550e6), byNs }));
      const { result, truth } = await run(
        {},
        { up: (probe) => 3e6 + (probe % 7) * 1e4, down: (probe) => 2e6 + (probe % 5) * 1e4, server: { steps } },
      );
      expect(result.owd?.clock.steps).toBe(heights.length);
      expectTrue(result, truth, { steps });
      // 6 and 4 steps of 10 us above the least, on every side of a step.
      expect(result.queueing?.up?.maxNs).toBeLessThanOrEqual(60_002);
      expect(result.queueing?.down?.maxNs).toBeLessThanOrEqual(40_002);
    },
  );
});

describe('what hosts claim of their clocks', () => {
  const synchronised = { synchronisedToNs: 20_000, errorNs: 0 };

  it('narrows the interval when both say that they are synchronised', async () => {
    const path = { up: () => 9e6, down: () => 1e6 };
    const server = { ...synchronised, aheadNs: 15_000 };
    const claimed = await run({}, { ...path, client: synchronised, server });
    const alone = await run({}, { ...path, server });
    const width = ({ owd }: PingResult) => (owd?.clock.offsetHighNs ?? 0) - (owd?.clock.offsetLowNs ?? 0);
    expect([claimed.result.owd?.basis, alone.result.owd?.basis]).toStrictEqual(['synchronised', 'bounds']);
    // Both errors, both ways, the peer's rounded up by at most a 128th.
    expect(width(claimed.result)).toBeGreaterThanOrEqual(80_000);
    expect(width(claimed.result)).toBeLessThan(81_000);
    expect(width(alone.result)).toBeGreaterThanOrEqual(10e6);
    for (const { result, truth } of [claimed, alone]) expectTrue(result, truth, server);
  });

  it.each([[1], [-1]])('is not believed when the exchanges contradict it (%d s off)', async (seconds) => {
    const server = { ...synchronised, aheadNs: seconds * 1e9 };
    const { result, truth } = await run({}, { client: synchronised, server });
    expect(result.owd?.basis).toBe('bounds');
    expectTrue(result, truth, server);
  });

  it('is not believed of one that is no better than 10 us', async () => {
    const path = { up: () => 3e6, down: () => 1e6 };
    const perfect = { synchronisedToNs: 0, errorNs: 0 };
    const { result } = await run({}, { ...path, client: perfect, server: perfect });
    // What a program's stamps of this host leave open is not the clocks' doing.
    const { offsetNs = 0, offsetLowNs = 0, offsetHighNs = 0 } = result.owd?.clock ?? {};
    expect([offsetLowNs - offsetNs, offsetHighNs - offsetNs]).toStrictEqual([-10_000, 10_000]);
  });

  it('is nothing where both ends are one host', async () => {
    const { result, truth } = await run({}, { sameHost: true, up: () => 9e6, down: () => 1e6 });
    expect(result.owd?.basis).toBe('same-clock');
    expect([figuresOf(result.owd?.up), figuresOf(result.owd?.down)]).toStrictEqual([
      [9e6, 9e6, 9e6, 9e6],
      [1e6, 1e6, 1e6, 1e6],
    ]);
    expect(result.owd?.clock).toMatchObject({ offsetNs: 0, skewPpm: 0, skewLowPpm: 0, skewHighPpm: 0, steps: 0 });
    expectTrue(result, truth, {});
  });
});

describe('timestamps of a server that cannot be true', () => {
  // The seconds of T3 stand at 4, those of T2 at 16 (RFC 8762 section 4.3).
  const later = (at: number, by: number) => (reply: DataView) => reply.setUint32(at, reply.getUint32(at) + by);

  it.each([
    ['it sent before it received', later(4, -1)],
    ['it kept the probe for longer than the whole round trip', later(16, -1)],
  ])('give no one-way delay: %s', async (_, forge) => {
    const { result, notices } = await run({ count: 20 }, { up: () => 3e6, forge });
    expect(notices).toStrictEqual(['timestamps']);
    expect(result.rtt).toMatchObject({ count: 20, minNs: 4e6, maxNs: 4e6 });
    expect(result).toMatchObject({ owd: undefined, queueing: undefined, ipdv: undefined, pdv: undefined });
    expect(result.jitter).toStrictEqual({ upNs: undefined, downNs: undefined, rttNs: 0 });
    expect(result.probes).toMatchObject({ received: 20, lostUp: 0, lostDown: 0 });
  });
});

describe('the sections of a result', () => {
  const SECTIONS = ['owd', 'queueing', 'voice', 'jitter', 'ipdv', 'pdv'] as const;
  const absent = (result: PingResult): string[] => SECTIONS.filter((name) => result[name] === undefined);

  it('are all there for a stream like that of a call', async () => {
    const { result } = await run();
    expect(absent(result)).toStrictEqual([]);
    // 1 ms each way and no loss: R is 93.2 and MOS 4.41.
    expect(result.voice?.up?.mos).toBeCloseTo(4.41, 2);
    expect(result.voice?.down?.mos).toBeCloseTo(4.41, 2);
  });

  it('have no voice for ten probes', async () => {
    expect(absent((await run({ count: 10 })).result)).toStrictEqual(['voice']);
  });

  it('are left out when they are switched off', async () => {
    const switched = async (metrics: Partial<typeof ALL_METRICS>) =>
      absent((await run({ metrics: { ...ALL_METRICS, ...metrics } })).result);
    expect(await switched({ oneWayDelay: false })).toStrictEqual(['owd', 'voice']);
    expect(await switched({ jitter: false })).toStrictEqual(['jitter', 'ipdv', 'pdv']);
  });
});
