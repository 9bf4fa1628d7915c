import { iperf3 } from '../contenders/iperf3.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';
import { directions } from '../directions.mjs';

/** TCP as fast as it goes, against iperf3 with its defaults. */
export const tcp = ({ seconds }) => ({
  title: `TCP as fast as it goes for ${seconds} s, as received`,
  figures: [{ key: 'gigabitsPerSecond', label: '', unit: 'Gbit/s' }],
  comparisons: directions.map(({ direction, reverse }) => ({
    label: direction,
    contenders: [
      pathgauge('tcp', {
        clientArgs: ['--max', ...reverse],
        figures: ({ throughput }) => ({ gigabitsPerSecond: throughput[direction].bitsPerSecond / 1e9 }),
      }),
      iperf3(reverse, ({ bits_per_second }) => ({ gigabitsPerSecond: bits_per_second / 1e9 })),
    ],
  })),
});
