import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LinkSettings } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import fc from 'fast-check';
import { loadOf, type PingResult, pingIn, pingOf } from './documents';
import {
  ambiguous,
  burstsOf,
  countsOf,
  emulate,
  expectDirections,
  expectOffset,
  expectTrueDelays,
  lostClosing,
  passagesOf,
  truthOf,
} from './emulated-link';
import { run, temporaryFolder } from './harness';
import { expectAsked, expectResult } from './result-shape';

const ms = milliseconds;
const COUNT = 60;

const way: fc.Arbitrary<Partial<LinkSettings>> = fc.record(
  {
    delay: fc.integer({ min: 0, max: 30 }).map(ms),
    jitter: fc.constantFrom(0, 0, 3, 20).map(ms),
    loss: fc.constantFrom(0, 0, 0.02, 0.15),
    bursts: fc.constantFrom(undefined, { begin: 0.03, end: 0.5 }),
    duplicate: fc.constantFrom(0, 0, 0.1),
    reorder: fc.constantFrom(undefined, { probability: 0.1, by: ms(35) }),
  },
  { noNullPrototype: true },
);
const clock = fc.record(
  { offsetNs: fc.integer({ min: -1e13, max: 1e13 }), skewPpm: fc.integer({ min: -200, max: 200 }) },
  { noNullPrototype: true },
);

it('combinations of faults are accounted for, and every interval holds the truth', async () => {
  await fc.assert(
    fc.asyncProperty(way, way, clock, fc.nat(), async (up, down, fault, seed) => {
      const emulator = await emulate({ up, down, clock: fault, seed });
      const args = ['-c', COUNT, '-i', '10ms', '--json'] as const;
      const exit = await run('udp-client', '127.0.0.1', emulator.port, ...args);
      expect(exit.stderr).toBe('');
      const result = pingOf(exit);
      expectResult(result);
      const sent = expectAsked(result, COUNT);
      const probes = truthOf(emulator, sent);
      const { lostUp, lostDown, duplicatesUp, duplicatesDown, ...others } = countsOf(probes);
      expect(result.probes).toMatchObject({ ...others, duplicatesUp, duplicatesDown });
      expect(result.lossBursts).toEqual(burstsOf(probes));
      // A doubled probe that was half heard of, or one that overtook others beside a closing probe that was lost, may mislead.
      if (ambiguous(probes) === 0 && !lostClosing(emulator, sent)) expectDirections(result, probes);
      if (result.probes?.lostUp != null)
        expect(result.probes.lostUp + Number(result.probes.lostDown)).toBe(lostUp + lostDown);
      expectTrueDelays(result, probes);
      expect(result.owd?.clock.steps).toBe(0);
    }),
    { numRuns: 6, endOnFailure: true },
  );
});

it('the text says what the document says', async () => {
  const up = { loss: 0.1, duplicate: 0.1, reorder: { probability: 0.1, by: ms(25) } };
  const emulator = await emulate({ up, down: { loss: 0.1, delay: ms(8) }, clock: { offsetNs: 7e9 }, seed: 21 });
  const file = join(temporaryFolder(), 'result.json');
  const args = ['-c', '80', '-i', '10ms', '-o', file];
  const { stdout } = await run('udp-client', '127.0.0.1', emulator.port, ...args);
  const result = pingIn(readFileSync(file, 'utf8'));
  const { probes, owd, rtt } = result;
  const { sent, lost } = countsOf(truthOf(emulator, expectAsked(result, 80)));
  expect(probes).toMatchObject({ sent, lost });
  for (const [key, pattern] of [
    ['received', /received (\d+)/],
    ['lost', /lost (\d+) \(/],
    ['duplicates', /duplicates (\d+)/],
    ['duplicatesUp', /\(up (\d+), down/],
    ['reordered', /out of order (\d+)/],
  ] as const) {
    expect([key, Number(pattern.exec(stdout)?.[1])]).toEqual([key, probes?.[key]]);
  }
  // Probes were doubled on the way up and lost both ways: the document has ranges, and so has the text.
  const [up1, up2] = probes?.lostUpRange ?? [];
  const [down1, down2] = probes?.lostDownRange ?? [];
  expect(stdout).toContain(`\nlost up ${up1} to ${up2}, down ${down1} to ${down2}`);
  // No clock is trusted: the text has no value, and the document's is within the interval.
  const interval = /^one-way up (\S+) to (\S+) ms$/m.exec(stdout);
  const median = owd?.up?.medianNs as number;
  const { low, high } = (owd as NonNullable<PingResult['owd']>).intervalNs.up;
  [Math.max(0, median + low), median + high].forEach((ns, i) => {
    const printed = Number(interval?.[i + 1]) * 1e6;
    // Three digits or more are printed.
    expect(Math.abs(printed - ns)).toBeLessThanOrEqual(Math.max(Math.abs(ns) * 5e-3, 1e3));
  });
  // What needs no offset stands before what does.
  const order = ['rtt ', 'queueing up', 'ipdv up', 'jitter rtt', 'one-way up'].map((words) =>
    stdout.lastIndexOf(`\n${words}`),
  );
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
  expect(rtt?.count).toBe(probes?.received);
});

describe('load tests over a link, with a server on a clock of its own', () => {
  it.each([[[]], [['-R']]])('TCP %s', async (reverse) => {
    const link = { up: { delay: ms(12) }, down: { delay: ms(4) }, clock: { offsetNs: -4e9, skewPpm: 100 }, seed: 31 };
    const emulator = await emulate({ ...link, protocol: 'tcp' });
    const exit = await run('tcp-client', '127.0.0.1', emulator.port, '-i', '20ms', '-t', '2', '--json', ...reverse);
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    const result = loadOf(exit);
    const { owd, streams } = result;
    expectOffset(result, -4e9);
    expect(owd?.basis).toBe('bounds');
    const [way, least] = reverse.length === 0 ? (['up', 12e6] as const) : (['down', 4e6] as const);
    const { low, high } = (owd as NonNullable<PingResult['owd']>).uncertaintyNs;
    expect((owd?.[way]?.minNs as number) + (way === 'up' ? high : -low)).toBeGreaterThanOrEqual(least);
    expect(streams?.[0]?.bytes).toBe(streams?.[0]?.sent?.bytes);
  });

  it('UDP that loses, doubles and overtakes', async () => {
    const up = { delay: ms(6), loss: 0.1, duplicate: 0.05, reorder: { probability: 0.05, by: ms(20) } };
    const emulator = await emulate({ up, clock: { offsetNs: 1e9 }, seed: 32 });
    const args = ['-b', '2M', '-l', '500', '-t', '2', '--json'];
    const exit = await run('udp-client', '127.0.0.1', emulator.port, ...args);
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    const result = loadOf(exit);
    const data = passagesOf(emulator).filter(({ direction, bytes }) => direction === 'up' && bytes === 500);
    const lost = data.filter(({ leftAt }) => leftAt.length === 0).length;
    const doubled = data.filter(({ leftAt }) => leftAt.length === 2).length;
    expect(result.datagrams).toMatchObject({
      sent: data.length,
      lost,
      lostUp: lost,
      lostDown: null,
      duplicates: doubled,
      duplicatesUp: doubled,
    });
    expect(lost * doubled).toBeGreaterThan(0);
    expect(result.datagrams?.reordered).toBeGreaterThan(0);
    const { lengths, count } = result.lossBursts as NonNullable<PingResult['lossBursts']>;
    const told = Object.entries(lengths).reduce((sum, [length, times]) => sum + Number(length) * times, 0);
    expect([told, count]).toEqual([lost, Object.values(lengths).reduce((sum, times) => sum + times, 0)]);
    expectOffset(result, 1e9);
  });
});
