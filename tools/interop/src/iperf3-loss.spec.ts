import { LinkEmulator } from '@pathgauge/testing';
import { loadOf } from '../../e2e/src/documents';
import { afterTest, documents, run } from '../../e2e/src/harness';
import { countsOf } from './agreement';
import { type Asked, directionsOf, iperf3Client, ourClient } from './asked';
import { iperf3Run, iperf3Serving, reportOf } from './iperf3';
import { flowOf } from './iperf3-report';
import { ourServer } from './our-server';
import { IPERF3, withPeers } from './peers';

/** What opens a stream, and its answer, are 4 bytes, or 20 between Pathgauges; data is longer. */
const OPENING_BYTES = 20;
/** Openings come first, and none of them is dropped; nor are the last ones, since a lost tail is nowhere counted by iperf3. */
const drops = (packet: number): boolean => packet > 20 && packet < 200 && packet % 10 === 0;

async function lossyLink(to: number): Promise<LinkEmulator> {
  const link = await LinkEmulator.start({ to, up: { drops }, down: { drops }, seed: 1 });
  afterTest(() => link.close());
  return link;
}

/** How many datagrams of a direction the link kept: the truth. */
const droppedBy = ({ passages }: LinkEmulator, wanted: 'up' | 'down'): number =>
  passages.filter(({ direction, bytes, left }) => direction === wanted && bytes > OPENING_BYTES && left.length === 0)
    .length;

const cases = [[], ['-R'], ['--bidir'], ['-P', '2'], ['-R', '-P', '2']].map(
  (args): Asked => ({ protocol: 'udp', host: '127.0.0.1', args: [...args, '-t', '1', '-b', '2M', '-l', '1000'] }),
);

withPeers(IPERF3)('both ends count the loss of a link that drops every tenth datagram', () => {
  it.each(cases.map((asked) => [iperf3Client(asked), asked] as const))('udp-server: %s', async (_, asked) => {
    const server = await ourServer('udp');
    const link = await lossyLink(server.port);
    const report = reportOf(await iperf3Run(asked, link.port).exit());
    const [document] = await documents(server, 1);
    for (const direction of directionsOf(asked)) {
      const flow = flowOf(report, direction, { isBoth: asked.args.includes('--bidir') });
      const lost = droppedBy(link, direction);
      expect(lost).toBeGreaterThan(0);
      expect({ iperf3: flow.lost, ours: document && countsOf(document, direction).lost }).toEqual({
        iperf3: lost,
        ours: lost,
      });
    }
  });

  it.each(cases.map((asked) => [ourClient(asked), asked] as const))('an iperf3 server: %s', async (_, asked) => {
    const { program, port } = await iperf3Serving();
    const link = await lossyLink(port);
    const exit = await run('udp-client', '127.0.0.1', link.port, ...asked.args, '--json');
    const report = reportOf(await program.exit());
    for (const direction of directionsOf(asked)) {
      const flow = flowOf(report, direction, { isClient: false, isBoth: asked.args.includes('--bidir') });
      const lost = droppedBy(link, direction);
      expect(lost).toBeGreaterThan(0);
      expect(countsOf(loadOf(exit), direction).lost).toBe(lost);
      if (flow.lost !== undefined) expect(flow.lost).toBe(lost);
    }
  });
});
