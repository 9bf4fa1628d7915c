import { iperf3Client } from './asked';
import { combinations } from './matrix';
import { serveIperf3 } from './our-server';
import { IPERF3, withPeers } from './peers';

withPeers(IPERF3)('udp-server agrees with', () => {
  it.each(combinations('udp').map((asked) => [iperf3Client(asked), asked] as const))('%s', async (_, asked) => {
    await serveIperf3(asked);
  });
});
