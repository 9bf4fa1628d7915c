import { iperf3, receivedBitsPerSecond } from '../contenders/iperf3.mjs';
import { pathgauge } from '../contenders/pathgauge.mjs';

/** What asks ours and iperf3 alike for each form of a test. */
const FORMS = [
  { label: 'up', args: [] },
  { label: 'down', args: ['-R'] },
  { label: 'up, -P 2', args: ['-P', '2'] },
  { label: 'up, -P 8', args: ['-P', '8'] },
  { label: 'both, --bidir', args: ['--bidir'] },
];

/** TCP as fast as it goes, against iperf3 with its defaults and, where it can, with --skip-rx-copy. */
export const tcp = ({ seconds }) => ({
  title: `TCP as fast as it goes for ${seconds} s, as received, streams and directions summed`,
  figures: [{ key: 'gigabitsPerSecond', label: '', unit: 'Gbit/s' }],
  comparisons: FORMS.map(({ label, args }) => ({
    label,
    contenders: [
      pathgauge('tcp', {
        clientArgs: ['--max', ...args],
        figures: ({ throughput: { up, down } }) => ({
          gigabitsPerSecond: ((up?.bitsPerSecond ?? 0) + (down?.bitsPerSecond ?? 0)) / 1e9,
        }),
      }),
      ...[undefined, '--skip-rx-copy'].map((option) =>
        iperf3({ option, args, figures: (end) => ({ gigabitsPerSecond: receivedBitsPerSecond(end) / 1e9 }) }),
      ),
    ],
  })),
});
