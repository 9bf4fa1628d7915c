import { IPERF3, iperf3Lacks } from '../iperf3-program.mjs';

/**
 * iperf3 with its defaults, but for `args` and `option`, one that not each version has. `figures` takes them out of what is
 * printed behind the run, and of what was measured around it.
 */
export const iperf3 = ({ option, args, figures }) => ({
  name: option === undefined ? 'iperf3' : `iperf3 ${option}`,
  needs: 'iperf3',
  lacks: option && iperf3Lacks(option),
  server: (port) => ({
    command: IPERF3,
    args: ['-s', '-B', '127.0.0.1', '-p', port, '--forceflush'],
    ready: /listening/,
  }),
  client: (port, seconds) => ({
    command: IPERF3,
    args: [
      ...['-c', '127.0.0.1', '-p', port, '-t', String(seconds), '--json'],
      ...args,
      ...(option === undefined ? [] : [option]),
    ],
  }),
  figures: ({ stdout, ...measured }) => figures(JSON.parse(stdout).end, measured),
});

/** What both directions received together: one of them, or those of --bidir. */
export const receivedBitsPerSecond = ({ sum_received, sum_received_bidir_reverse }) =>
  sum_received.bits_per_second + (sum_received_bidir_reverse?.bits_per_second ?? 0);
