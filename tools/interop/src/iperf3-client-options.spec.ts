import { type Asked, iperf3Client } from './asked';
import { eachDirection } from './matrix';
import { serveIperf3 } from './our-server';
import { IPERF3, iperf3Has, withPeers } from './peers';

const TCP = ['-b', '8M', '-l', '10K'];
const UDP = ['-b', '8M', '-l', '1000'];

const TCP_OPTIONS = [
  ['-b', '8M/5', '-l', '10K'],
  [...TCP, '-w', '64K'],
  [...TCP, '-M', '1000'],
  [...TCP, '-C', 'reno'],
  [...TCP, '-N'],
  [...TCP, '-S', '0xb8'],
  [...TCP, '-Z'],
  [...TCP, '--fq-rate', '8M'],
  [...TCP, '--get-server-output'],
  [...TCP, '-i', '0.2'],
];
const UDP_OPTIONS = [
  ['-b', '8M/5', '-l', '1000'],
  [...UDP, '-w', '64K'],
  [...UDP, '--dscp', 'EF'],
  [...UDP, '--fq-rate', '8M'],
  [...UDP, '--udp-counters-64bit'],
  [...UDP, '--get-server-output'],
];

/** Options that concern iperf3 alone, or newer ones of it: a server has to take them as they come. */
const OTHERS: readonly Asked[] = [
  { protocol: 'udp', host: '127.0.0.1', args: ['-t', '1', ...UDP, '--dont-fragment'] },
  { protocol: 'udp', host: '127.0.0.1', args: ['-R', '-t', '1', ...UDP, '--dont-fragment'] },
  { protocol: 'udp', host: '::1', args: ['-t', '1', ...UDP, '-L', '5'] },
  { protocol: 'tcp', host: '::1', args: ['-t', '1', ...TCP, '-L', '5'] },
  { protocol: 'tcp', host: '127.0.0.1', args: ['-t', '1', ...TCP, '-T', 'title', '--extra-data', 'extra'] },
  { protocol: 'udp', host: '127.0.0.1', args: ['-t', '1', ...UDP, '--repeating-payload', '--pacing-timer', '500'] },
  { protocol: 'tcp', host: '127.0.0.1', args: ['-t', '1', ...TCP, '-B', '127.0.0.1', '--connect-timeout', '1000'] },
  ...(['-t 1', '-R -t 1', '--bidir -t 1'] as const).flatMap((direction): Asked[] => [
    ...newer('--skip-rx-copy', { protocol: 'tcp', host: '127.0.0.1', args: [...direction.split(' '), ...TCP] }),
    ...newer('--gsro', { protocol: 'udp', host: '127.0.0.1', args: [...direction.split(' '), ...UDP] }),
  ]),
];

function newer(option: string, asked: Asked): Asked[] {
  return iperf3Has(option) ? [{ ...asked, args: [...asked.args, option] }] : [];
}

const cases = [...eachDirection('tcp', TCP_OPTIONS), ...eachDirection('udp', UDP_OPTIONS), ...OTHERS];

withPeers(IPERF3)('a server of ours agrees with', () => {
  it.each(cases.map((asked) => [iperf3Client(asked), asked] as const))('%s', async (_, asked) => {
    await serveIperf3(asked);
  });
});
