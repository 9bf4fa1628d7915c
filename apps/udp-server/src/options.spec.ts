import { parseCommandLine } from '@pathgauge/utils';
import { UDP_SERVER, udpServerRun } from './options';

function run(...argv: string[]) {
  const parsed = parseCommandLine(UDP_SERVER, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return udpServerRun(parsed.raw);
}

it.each([
  [[], 'stamp'],
  [['--echo'], 'echo'],
])('serves UDP, at all addresses until it is stopped: %j', (argv, probes) => {
  expect(run(...argv).options).toStrictEqual({
    runner: 'udp-server',
    serves: { probes, udpLoad: true, tcpLoad: false },
    address: undefined,
    port: 65_432,
    metrics: { throughput: true, jitter: true, oneWayDelay: true },
    reportInterval: 1e9,
    once: false,
    accountOf: expect.any(Function),
    refusalOfToken: undefined,
  });
});

it('spins while probes come, and all the time with --busy-poll', () => {
  expect(run().spin).toBe('brief');
  expect(run('--busy-poll').spin).toBe('busy');
});
