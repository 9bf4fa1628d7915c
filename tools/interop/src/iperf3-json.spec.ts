import { type Asked, iperf3Client, ourClient } from './asked';
import { iperf3Alone } from './iperf3';
import { keysOf } from './iperf3-report';
import { askIperf3 } from './our-client';
import { serveIperf3 } from './our-server';
import { IPERF3, withPeers } from './peers';

const TCP = ['-t', '1', '-b', '8M', '-l', '10K'];
const UDP = ['-t', '1', '-b', '8M', '-l', '1000'];

const cases = [TCP, UDP].flatMap((paced, i) =>
  [[], ['-R'], ['--bidir'], ['-P', '2'], ['-O', '1'], ['-R', '-P', '2', '-O', '1'], ['--bidir', '-P', '2']].map(
    (args): Asked => ({ protocol: i === 0 ? 'tcp' : 'udp', host: '127.0.0.1', args: [...args, ...paced] }),
  ),
);

/** What `had` tells and `has` does not. */
const missing = (had: unknown, has: unknown): string[] => {
  const there = keysOf(has);
  return [...keysOf(had)].filter((key) => !there.has(key));
};

withPeers(IPERF3)('what iperf3 prints under -J is complete, key by key', () => {
  it.each(cases.map((asked) => [iperf3Client(asked), asked] as const))('at a server of ours: %s', async (_, asked) => {
    const [{ report }, alone] = await Promise.all([serveIperf3(asked), iperf3Alone(asked)]);
    expect(missing(alone.client, report)).toEqual([]);
  });

  it.each(cases.map((asked) => [ourClient(asked), asked] as const))('as a server of ours: %s', async (_, asked) => {
    const [{ report }, alone] = await Promise.all([askIperf3(asked), iperf3Alone(asked)]);
    expect(missing(alone.server, report)).toEqual([]);
  });

  it('with the processor time of both ends, and the congestion control of both', async () => {
    const { report, document } = await serveIperf3({
      protocol: 'tcp',
      host: '127.0.0.1',
      args: ['-t', '1', '-b', '400M', '-C', 'reno'],
    });
    const cpu = report.end.cpu_utilization_percent;
    expect(cpu['remote_total']).toBeGreaterThan(0);
    expect((cpu['remote_user'] as number) + (cpu['remote_system'] as number)).toBeCloseTo(
      cpu['remote_total'] as number,
      1,
    );
    expect(report.end).toMatchObject({ sender_tcp_congestion: 'reno', receiver_tcp_congestion: 'reno' });
    expect(document).toMatchObject({ cpu: { remote: { percent: expect.closeTo(cpu['host_total'] as number, 3) } } });
  });

  it.each(['tcp', 'udp'] as const)('with the output of the server where it is asked for: %s', async (protocol) => {
    const { report } = await serveIperf3({
      protocol,
      host: '127.0.0.1',
      args: [...(protocol === 'tcp' ? TCP : UDP), '--get-server-output'],
    });
    const output = report.server_output_json ?? report.server_output_text;
    expect(output).toBeDefined();
  });
});
