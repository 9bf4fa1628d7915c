import { milliseconds } from '@pathgauge/units';
import { type PingResult, pingOf } from './documents';
import {
  burstsOf,
  countsOf,
  emulate,
  expectDirections,
  expectOffset,
  expectTrueDelays,
  type Scene,
  truthOf,
} from './emulated-link';
import { run } from './harness';
import { expectAsked, expectResult } from './result-shape';

const ms = milliseconds;
/**
 * Expects queueing to stretch at least as far as the link did: a probe that was at the link for so long, against the fastest
 * round trip, which is longer than its way up. A skew that was found may take a little away.
 */
function expectTrueQueueing({ queueing, rtt }: PingResult, probes: ReturnType<typeof truthOf>): void {
  const longest = Math.max(
    ...probes.filter(({ lost }) => lost === undefined).map(({ up }) => Math.min(...up.leftAt) - up.cameAt),
  );
  expect(queueing?.up?.maxNs).toBeGreaterThan(longest - (rtt?.minNs as number) - 1e6);
}

const CONTRADICTION = /^(note: the server's timestamps contradict the round trip: .*\n)?$/;

/** A run of probes over an emulated link, held against what the link did. */
async function measure(scene: Scene, count: number, ...args: string[]) {
  const emulator = await emulate(scene);
  const pace = args.includes('-i') ? [] : ['-i', '10ms'];
  const exit = await run('udp-client', '127.0.0.1', emulator.port, '-c', count, '--json', ...pace, ...args);
  // Where the server has a probe while its clock jumps, T2 and T3 are of two times.
  const mayContradict = (scene.clock?.steps ?? []).length > 0;
  expect(exit).toMatchObject({ code: 0, stderr: mayContradict ? expect.stringMatching(CONTRADICTION) : '' });
  const result = pingOf(exit);
  expectResult(result);
  return { result, probes: truthOf(emulator, expectAsked(result, count)) };
}

function expectTrueCounts(result: PingResult, probes: ReturnType<typeof truthOf>): void {
  expect(result.probes).toMatchObject(countsOf(probes));
  expect(result.lossBursts).toEqual(burstsOf(probes));
}

// Five seconds ahead: whoever took the two for one clock would be found out at once.
const AHEAD = { offsetNs: 5e9 };

describe('each fault alone', () => {
  it('delay, longer up than down', async () => {
    const scene = { up: { delay: ms(15) }, down: { delay: ms(3) }, clock: AHEAD, seed: 1 };
    const { result, probes } = await measure(scene, 50);
    expectTrueCounts(result, probes);
    expectTrueDelays(result, probes);
    expectOffset(result, 5e9);
    expect(result.owd?.basis).toBe('bounds');
    expect(result.rtt?.minNs).toBeGreaterThanOrEqual(18e6);
  });

  it.each(['up', 'down'] as const)('loss on the way %s', async (direction) => {
    const { result, probes } = await measure({ [direction]: { loss: 0.2 }, seed: 2 }, 100);
    expectTrueCounts(result, probes);
    expect(countsOf(probes)[direction === 'up' ? 'lostUp' : 'lostDown']).toBeGreaterThan(0);
    expect(countsOf(probes)[direction === 'up' ? 'lostDown' : 'lostUp']).toBe(0);
  });

  it.each(['up', 'down'] as const)('the last probes lost on the way %s', async (direction) => {
    const lastThree = (packet: number): boolean => packet >= 7 && packet < 10;
    const scene = { [direction]: { drops: lastThree }, seed: 3 };
    const { result, probes } = await measure(scene, 10, '-i', '100ms');
    expectTrueCounts(result, probes);
    const lost = Math.max(0, probes.length - 7);
    expect(result.probes).toMatchObject({ lost, [direction === 'up' ? 'lostUp' : 'lostDown']: lost });
  });

  it('losses in runs, both ways', async () => {
    const bursts = { begin: 0.05, end: 0.4 };
    const { result, probes } = await measure({ up: { bursts }, down: { bursts }, seed: 4 }, 150);
    expectTrueCounts(result, probes);
    expect(burstsOf(probes).longest).toBeGreaterThan(1);
  });

  it.each(['up', 'down'] as const)('duplication on the way %s', async (direction) => {
    const scene = { [direction]: { duplicate: 0.3, delay: ms(2) }, seed: 5 };
    const { result, probes } = await measure(scene, 60);
    expectTrueCounts(result, probes);
    const key = direction === 'up' ? 'duplicatesUp' : 'duplicatesDown';
    expect(result.probes?.[key]).toBeGreaterThan(0);
    expect(result.probes?.duplicates).toBe(result.probes?.[key]);
  });

  it('doubling on the way up with losses both ways', async () => {
    const scene = { up: { duplicate: 0.3, loss: 0.2, delay: ms(2) }, down: { loss: 0.25 }, seed: 55 };
    const { result, probes } = await measure(scene, 200, '--timeout', '1s');
    const { lostUp, lostDown, ...others } = countsOf(probes);
    expect(result.probes).toMatchObject(others);
    // A number that never came back may be of a probe that was lost on the way down, or of a copy.
    expect(result.probes).toMatchObject({ lostUp: null, lostDown: null });
    expectDirections(result, probes);
    expect(Math.min(lostUp, lostDown, others.duplicatesUp)).toBeGreaterThan(10);
  });

  it.each(['up', 'down'] as const)('reordering on the way %s', async (direction) => {
    const scene = { [direction]: { delay: ms(2), reorder: { probability: 0.2, by: ms(25) } }, seed: 6 };
    const { result, probes } = await measure(scene, 80);
    expectTrueCounts(result, probes);
    expectTrueDelays(result, probes);
  });

  it('replies after the timeout', async () => {
    const slow = { probability: 0.3, by: ms(1000) };
    const { result, probes } = await measure(
      { down: { reorder: slow }, seed: 7 },
      120,
      '--timeout',
      '500ms',
      '-i',
      '15ms',
    );
    // What was at the link for longer is late; what was there for much less is not, as long as no host sleeps.
    const slower = (ns: number): number => probes.filter(({ answeredAt, up }) => answeredAt - up.cameAt > ns).length;
    expect(slower(500e6)).toBeGreaterThan(0);
    expect(result.probes?.lost).toBeGreaterThanOrEqual(slower(500e6));
    expect(result.probes?.lost).toBeLessThanOrEqual(slower(200e6));
    // The last ones may come when the run is over.
    expect(result.probes?.late).toBeLessThanOrEqual(result.probes?.lost as number);
    expect(result.probes?.late).toBeGreaterThan(0);
  });

  it('jitter', async () => {
    const { result, probes } = await measure({ up: { delay: ms(5), jitter: ms(8) }, clock: AHEAD, seed: 8 }, 100);
    expectTrueCounts(result, probes);
    expectTrueDelays(result, probes);
    expectTrueQueueing(result, probes);
  });

  it('a queue that fills at the rate of the link', async () => {
    // 64 bytes at 40 kbit/s take 12.8 ms, and come every 10 ms: the queue fills up, and then some are dropped.
    const scene = { up: { rate: 40_000, queueBytes: 640 }, clock: AHEAD, seed: 9 };
    const { result, probes } = await measure(scene, 60);
    expectTrueCounts(result, probes);
    expectTrueDelays(result, probes);
    // Where the pace is kept, the queue is full in the end.
    if (result.probes?.notSent === 0) expect(countsOf(probes).lostUp).toBeGreaterThan(0);
    expectTrueQueueing(result, probes);
  });

  it('a clock that gains', async () => {
    const clock = { offsetNs: -3e9, skewPpm: 1000 };
    const { result, probes } = await measure({ up: { delay: ms(6) }, down: { delay: ms(2) }, clock, seed: 10 }, 300);
    expectTrueCounts(result, probes);
    expectTrueDelays(result, probes);
    expect(result.owd?.clock.steps).toBe(0);
    // A busy machine may hide it in noise: then 0 is within its interval. What is told is true.
    const { skewPpm, skewLowPpm, skewHighPpm } = (result.owd as NonNullable<PingResult['owd']>).clock;
    expect(skewPpm ?? 1000).toBeGreaterThan(600);
    expect(skewPpm ?? 1000).toBeLessThan(1400);
    expect(skewLowPpm ?? 1000).toBeLessThanOrEqual(1000);
    expect(skewHighPpm ?? 1000).toBeGreaterThanOrEqual(1000);
  });

  it('a clock that steps', async () => {
    const clock = { offsetNs: 2e9, steps: [{ afterNs: 1.5e9, byNs: 300e6 }] };
    const scene = { up: { delay: ms(4) }, down: { delay: ms(4) }, clock, seed: 11 };
    const { result, probes } = await measure(scene, 60, '-i', '50ms');
    expectTrueCounts(result, probes);
    // A step while the server has a probe may look like many: then nothing is told. On virtual time it is demanded.
    if (result.owd === null) return;
    expectTrueDelays(result, probes);
    expect(result.owd?.basis).toBe('bounds');
    // Each exchange bounds the offset by its round trip: enough of them, and shorter than half of the step, are proof.
    const answered = probes.filter(({ lost }) => lost === undefined);
    const before = answered.filter(({ up }) => up.cameAt - (probes[0]?.up.cameAt ?? 0) < 1.4e9).length;
    const behind = answered.filter(({ up }) => up.cameAt - (probes[0]?.up.cameAt ?? 0) > 1.6e9).length;
    if (Math.min(before, behind) < 10 || (result.rtt?.maxNs as number) > 150e6) return;
    expect(result.owd?.clock.steps).toBeGreaterThanOrEqual(1);
    // The step itself is in no figure.
    expect(result.queueing?.up?.maxNs).toBeLessThan(250e6);
    expect(result.ipdv?.up?.maxNs).toBeLessThan(250e6);
  });
});
