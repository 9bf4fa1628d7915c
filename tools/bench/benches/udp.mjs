import { iperf3 } from '../contenders/iperf3.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';
import { directions } from '../directions.mjs';

/** The smallest datagrams that we send, and the largest that fit an Ethernet frame. */
const LENGTHS = ['64', '1472'];

/** UDP as fast as it goes: what arrives counts, not what was sent. */
export const udp = ({ seconds }) => ({
  title: `UDP as fast as it goes for ${seconds} s, as received`,
  figures: [
    { key: 'deliveredPerSecond', label: 'delivered', unit: '1000/s' },
    { key: 'lossPercent', label: 'lost', unit: '%' },
  ],
  comparisons: LENGTHS.flatMap((length) =>
    directions.map(({ direction, reverse }) => ({
      label: `${length} bytes ${direction}`,
      contenders: [
        pathgauge('udp', {
          clientArgs: ['--max', '-l', length, ...reverse],
          figures: ({ throughput, probes }) => ({
            deliveredPerSecond: throughput[direction].messagesPerSecond / 1e3,
            lossPercent: 100 * probes.lossRatio,
          }),
        }),
        iperf3(['-u', '-b', '0', '-l', length, ...reverse], ({ packets, lost_packets, seconds }) => ({
          deliveredPerSecond: (packets - lost_packets) / seconds / 1e3,
          lossPercent: (100 * lost_packets) / packets,
        })),
      ],
    })),
  ),
});
