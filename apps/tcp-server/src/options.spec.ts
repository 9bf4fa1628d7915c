import { parseCommandLine } from '@pathgauge/utils';
import { TCP_SERVER, tcpServerRun } from './options';

it('serves TCP, at all addresses until it is stopped', () => {
  const parsed = parseCommandLine(TCP_SERVER, [], '1');
  expect(parsed.kind === 'run' && tcpServerRun(parsed.raw).options).toStrictEqual({
    runner: 'tcp-server',
    serves: { probes: undefined, udpLoad: false, tcpLoad: true },
    address: undefined,
    port: 65_432,
    metrics: { throughput: true, jitter: true, oneWayDelay: true },
    reportInterval: 1e9,
    once: false,
    accountOf: expect.any(Function),
    refusalOfToken: undefined,
  });
});
