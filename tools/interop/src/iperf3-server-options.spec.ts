import { type Asked, ourClient } from './asked';
import { eachDirection } from './matrix';
import { askIperf3 } from './our-client';
import { IPERF3, withPeers } from './peers';

const TCP = ['-b', '8M', '-l', '10K'];
const UDP = ['-b', '8M', '-l', '1000'];

const TCP_OPTIONS = [
  ['-b', '8M/5', '-l', '10K'],
  [...TCP, '-w', '64K'],
  [...TCP, '-M', '1000'],
  [...TCP, '-C', 'reno'],
  [...TCP, '-N'],
  [...TCP, '-S', '0xb8'],
  [...TCP, '--fq-rate', '8M'],
];
const UDP_OPTIONS = [
  ['-b', '8M/5', '-l', '1000'],
  [...UDP, '-w', '64K'],
  [...UDP, '--dscp', 'EF'],
  [...UDP, '--fq-rate', '8M'],
];

const OTHERS: readonly Asked[] = [
  { protocol: 'udp', host: '127.0.0.1', args: ['-t', '1', ...UDP, '--dont-fragment'] },
  { protocol: 'udp', host: '127.0.0.1', args: ['-R', '-t', '1', ...UDP, '--dont-fragment'] },
  { protocol: 'tcp', host: '127.0.0.1', args: ['-t', '1', ...TCP, '--transport', 'portable'] },
  { protocol: 'tcp', host: '::1', args: ['-R', '-t', '1', ...TCP, '--transport', 'portable'] },
  { protocol: 'udp', host: '127.0.0.1', args: ['-t', '1', ...UDP, '--transport', 'portable'] },
  { protocol: 'udp', host: '::1', args: ['-R', '-t', '1', ...UDP, '--transport', 'portable'] },
];

const cases = [...eachDirection('tcp', TCP_OPTIONS), ...eachDirection('udp', UDP_OPTIONS), ...OTHERS];

withPeers(IPERF3)('an iperf3 server agrees with', () => {
  it.each(cases.map((asked) => [ourClient(asked), asked] as const))('%s', async (_, asked) => {
    await askIperf3(asked);
  });
});
