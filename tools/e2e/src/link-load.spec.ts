import { milliseconds } from '@pathgauge/units';
import { loadOf, pingOf } from './documents';
import { emulate } from './emulated-link';
import { run } from './harness';
import { expectNotCutShort, expectResult } from './result-shape';

const WAY_MS = 150;
const delay = milliseconds(WAY_MS);
const YEARS_54_NS = 54 * 365 * 86_400e9;

describe('a load over a long way', () => {
  const cases = (['tcp', 'udp'] as const).flatMap((protocol) =>
    [[], ['-R']].map((reverse) => ({ protocol, reverse, direction: reverse.length === 0 ? 'up' : 'down' }) as const),
  );

  it.each(cases)(
    'takes the time that it was sent for, not the way there and back: $protocol $direction',
    async (each) => {
      const { protocol, reverse, direction } = each;
      const link = await emulate({ protocol, up: { delay }, down: { delay }, seed: 1 });
      const exit = await run(`${protocol}-client`, '127.0.0.1', link.port, '-b', '2M', '-t', '1', '--json', ...reverse);
      expect(exit.stderr).toBe('');
      const result = loadOf(exit);
      expectResult(result);
      const sent = result.streams?.[0]?.sent;
      const received = result.throughput?.[direction];
      // At the least one way too much, and usually two or three, were in it when the end counted that was heard of.
      expect(received?.durationNs).toBeGreaterThanOrEqual(sent?.durationNs as number);
      expect(received?.durationNs).toBeLessThan((sent?.durationNs as number) + WAY_MS * 1e6);
      expect(sent?.durationNs).toBeGreaterThanOrEqual(1e9);
      expectNotCutShort(result);
    },
  );

  it('from a host without a clock of its own has delays, to the digit', async () => {
    const link = await emulate({ protocol: 'udp', clock: { offsetNs: -YEARS_54_NS }, seed: 2 });
    const exit = await run('udp-client', '127.0.0.1', link.port, '-b', '1M', '-t', '1', '--json');
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const result = loadOf(exit);
    expectNotCutShort(result);
    expect(result.owd?.up?.count).toBe(result.datagrams?.received);
    const { offsetLowNs, offsetHighNs } = (result.owd as NonNullable<typeof result.owd>).clock;
    expect(offsetLowNs).toBeLessThanOrEqual(-YEARS_54_NS + 1e6);
    expect(offsetHighNs).toBeGreaterThanOrEqual(-YEARS_54_NS - 1e6);
    expect(offsetHighNs - offsetLowNs).toBeLessThan(1e9);
    // Numbers that far from 0 are multiples of 256: what is left of them here is not.
    const { minNs = 0, maxNs = 0 } = result.queueing?.up ?? {};
    expect(minNs).toBe(0);
    expect(maxNs).toBeGreaterThan(0);
  });
});

it('probes of a host without a clock of its own have delays, to the digit', async () => {
  const link = await emulate({ protocol: 'udp', clock: { offsetNs: -YEARS_54_NS }, seed: 3 });
  const exit = await run('udp-client', '127.0.0.1', link.port, '-i', '5ms', '-c', '50', '--json');
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  const { owd, rtt } = pingOf(exit);
  if (owd === null || owd.up === null || owd.down === null || rtt === null) throw new Error('no one-way delay');
  expect(owd.basis).toBe('bounds');
  // Both ways of a probe add up to its round trip, in whole nanoseconds: 256 of them would be gone otherwise.
  expect(Math.abs(owd.up.meanNs + owd.down.meanNs - rtt.meanNs)).toBeLessThan(1);
  expect(Math.abs(owd.clock.offsetNs + YEARS_54_NS)).toBeLessThan(1e9);
});
