import { ourClient } from './asked';
import { combinations } from './matrix';
import { askIperf3 } from './our-client';
import { IPERF3, withPeers } from './peers';

withPeers(IPERF3)('an iperf3 server agrees with', () => {
  it.each(combinations('udp').map((asked) => [ourClient(asked), asked] as const))('%s', async (_, asked) => {
    await askIperf3(asked);
  });
});
