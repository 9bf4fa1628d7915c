import { fping } from '../contenders/fping.mjs';
import { irtt } from '../contenders/irtt.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';
import { sockperf } from '../contenders/sockperf.mjs';
import { microseconds } from '../microseconds.mjs';

const INTERVAL_MS = 10;

/**
 * The round trip of probes that find both ends asleep, as each tells it. What is in it besides the path differs, and that is the
 * point: ours is between kernel timestamps, less the server's time; irtt's less the server's time; sockperf's is all of it.
 */
export const rtt = ({ seconds }) => ({
  title: `round trip as told, a probe every ${INTERVAL_MS} ms for ${seconds} s`,
  figures: [
    { key: 'rttMedianUs', label: 'median', unit: 'us' },
    { key: 'rttMeanUs', label: 'mean', unit: 'us' },
    { key: 'rttP99Us', label: 'p99', unit: 'us' },
    { key: 'upMedianUs', label: 'up, median', unit: 'us' },
    { key: 'downMedianUs', label: 'down, median', unit: 'us' },
  ],
  comparisons: [
    {
      contenders: [
        pathgauge('udp', {
          clientArgs: ['-i', `${INTERVAL_MS}ms`],
          figures: ({ rtt, owd }) => ({
            rttMedianUs: microseconds(rtt.medianNs),
            rttMeanUs: microseconds(rtt.meanNs),
            rttP99Us: microseconds(rtt.p99Ns),
            upMedianUs: microseconds(owd.up.medianNs),
            downMedianUs: microseconds(owd.down.medianNs),
          }),
        }),
        irtt(`${INTERVAL_MS}ms`, ({ rtt, send_delay, receive_delay }) => ({
          rttMedianUs: microseconds(rtt.median),
          rttMeanUs: microseconds(rtt.mean),
          upMedianUs: microseconds(send_delay.median),
          downMedianUs: microseconds(receive_delay.median),
        })),
        fping(INTERVAL_MS),
        sockperf({
          clientArgs: [`--mps=${1000 / INTERVAL_MS}`],
          figures: ({ rttMedianUs, rttMeanUs, rttP99Us }) => ({ rttMedianUs, rttMeanUs, rttP99Us }),
        }),
      ],
    },
  ],
});
