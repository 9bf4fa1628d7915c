import { iperf3 } from '../contenders/iperf3.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';
import { directions } from '../directions.mjs';

/** The smallest datagrams that we send, and the largest that fit an Ethernet frame. */
const LENGTHS = [64, 1472];

/** UDP as fast as it goes, against iperf3 with its defaults and, where it can, with --gsro: what arrives counts, not what was sent. */
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
          clientArgs: ['--max', '-l', String(length), ...reverse],
          figures: ({ throughput, datagrams }) => ({
            deliveredPerSecond: throughput[direction].messagesPerSecond / 1e3,
            lossPercent: 100 * datagrams.lossRatio,
          }),
        }),
        ...[undefined, '--gsro'].map((option) =>
          iperf3({
            option,
            args: ['-u', '-b', '0', '-l', String(length), ...reverse],
            figures: ({ sum_received: { bits_per_second, packets, lost_packets } }) => ({
              // By bytes: what it counts as packets goes wrong where a send of many fails.
              deliveredPerSecond: bits_per_second / 8 / length / 1e3,
              lossPercent: (100 * lost_packets) / packets,
            }),
          }),
        ),
      ],
    })),
  ),
});
