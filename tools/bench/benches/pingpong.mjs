import { pathgauge } from '../contenders/pathgauge.mjs';
import { sockperf } from '../contenders/sockperf.mjs';
import { microseconds } from '../microseconds.mjs';

/**
 * The next probe as soon as the reply is in, and nobody sleeps. Our round trip is between kernel timestamps and less the
 * server's time; sockperf's is what its program sees. Round trips a second hold all of both, so that they compare like with like.
 */
export const pingpong = ({ seconds }) => ({
  title: `the next probe when the reply is in, both ends spinning, for ${seconds} s`,
  figures: [
    { key: 'rttMedianUs', label: 'round trip as told, median', unit: 'us' },
    { key: 'rttP99Us', label: 'round trip as told, p99', unit: 'us' },
    { key: 'perSecond', label: 'round trips', unit: '/s' },
  ],
  comparisons: [
    {
      contenders: [
        pathgauge('udp', {
          serverArgs: ['--busy-poll'],
          clientArgs: ['-i', '0', '--busy-poll'],
          figures: ({ rtt, probes, durationNs }) => ({
            rttMedianUs: microseconds(rtt.medianNs),
            rttP99Us: microseconds(rtt.p99Ns),
            perSecond: probes.received / (durationNs / 1e9),
          }),
        }),
        sockperf({
          serverArgs: ['--nonblocked'],
          clientArgs: ['--nonblocked'],
          figures: ({ rttMedianUs, rttP99Us, perSecond }) => ({ rttMedianUs, rttP99Us, perSecond }),
        }),
      ],
    },
  ],
});
