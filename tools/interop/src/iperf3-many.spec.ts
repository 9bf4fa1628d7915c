import { loadOf } from '../../e2e/src/documents';
import { documents, run } from '../../e2e/src/harness';
import { expectNotCutShort } from '../../e2e/src/result-shape';
import { expectAgreement } from './agreement';
import type { Asked } from './asked';
import { iperf3, iperf3Listening, iperf3Run, reportOf } from './iperf3';
import type { Iperf3Report } from './iperf3-report';
import { ourServer } from './our-server';
import { IPERF3, withPeers } from './peers';

const CLIENTS = 4;

withPeers(IPERF3)('several clients at once', () => {
  it.each<[string, Asked]>([
    [
      'tcp-server: four times iperf3 -P 2',
      { protocol: 'tcp', host: '127.0.0.1', args: ['-P', '2', '-t', '1', '-b', '2M', '-l', '5K'] },
    ],
    [
      'tcp-server: four times iperf3 -R',
      { protocol: 'tcp', host: '::1', args: ['-R', '-t', '1', '-b', '2M', '-l', '5K'] },
    ],
    [
      'tcp-server: four times iperf3 --bidir',
      { protocol: 'tcp', host: '127.0.0.1', args: ['--bidir', '-t', '1', '-b', '2M', '-l', '5K'] },
    ],
    [
      'udp-server: four times iperf3 -u -P 2',
      { protocol: 'udp', host: '127.0.0.1', args: ['-P', '2', '-t', '1', '-b', '2M', '-l', '1000'] },
    ],
    [
      'udp-server: four times iperf3 -u -R',
      { protocol: 'udp', host: '::1', args: ['-R', '-t', '1', '-b', '2M', '-l', '1000'] },
    ],
    [
      'udp-server: four times iperf3 -u --bidir',
      { protocol: 'udp', host: '127.0.0.1', args: ['--bidir', '-t', '1', '-b', '2M', '-l', '1000'] },
    ],
  ])('%s', async (_, asked) => {
    const server = await ourServer(asked.protocol);
    const reports = await Promise.all(
      Array.from({ length: CLIENTS }, async () => reportOf(await iperf3Run(asked, server.port).exit())),
    );
    // Each document is that of the client with its control port.
    const told = await documents(server, CLIENTS);
    const byBytes = (a: { bytes: number }, b: { bytes: number }): number => a.bytes - b.bytes;
    const theirs = reports.map((report) => ({ report, bytes: Number(report.end.sum_received?.bytes) })).sort(byBytes);
    const ours = told
      .map((document) => ({
        document,
        bytes: Number((asked.args.includes('-R') ? document.throughput?.down : document.throughput?.up)?.bytes),
      }))
      .sort(byBytes);
    ours.forEach(({ document }, i) => {
      expectNotCutShort(document);
      expect(ours[i]?.bytes).toBe(theirs[i]?.bytes);
    });
    if (new Set(ours.map(({ bytes }) => bytes)).size < CLIENTS) return;
    for (const [i, { document }] of ours.entries()) {
      expectAgreement(asked, theirs[i]?.report as Iperf3Report, document, true);
    }
  });

  it('iperf3 and tcp-client beside each other at one tcp-server', async () => {
    const server = await ourServer('tcp');
    const args = ['-t', '1', '-b', '4M', '-l', '10K'];
    const [plain, ours] = await Promise.all([
      iperf3Run({ protocol: 'tcp', host: '127.0.0.1', args: ['-P', '2', ...args] }, server.port).exit(),
      run('tcp-client', '127.0.0.1', server.port, '-P', '2', ...args, '--json'),
    ]);
    reportOf(plain);
    expectNotCutShort(loadOf(ours));
    expect(loadOf(ours)).toMatchObject({ peer: { protocol: 'pathgauge' } });
    const protocols = (await documents(server, 2)).map(({ peer }) => peer.protocol);
    expect(protocols.sort()).toEqual(['iperf3', 'pathgauge']);
  });

  it.each(['tcp-client', 'udp-client'] as const)(
    '%s --wait-busy 20s waits until an iperf3 server has time',
    async (runner) => {
      const port = await iperf3Listening();
      const first = iperf3('-c', '127.0.0.1', '-p', port, '-t', 2, '-b', '1M', '--forceflush');
      await first.printed(/connected to/);
      const waiting = await run(runner, '127.0.0.1', port, '-t', '1', '-b', '1M', '--wait-busy', '20s', '--json');
      expect([waiting.code, waiting.stderr]).toEqual([0, expect.stringMatching(/^note: [^\n]*busy[^\n]*\n$/)]);
      expect((await first.exit()).code).toBe(0);
      expectNotCutShort(loadOf(waiting));
    },
  );
});
