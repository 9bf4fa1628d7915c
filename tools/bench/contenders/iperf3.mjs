/** iperf3 with its defaults, but for `args`. `figures` takes them out of what the receiver saw. */
export const iperf3 = (args, figures) => ({
  name: 'iperf3',
  needs: 'iperf3',
  server: (port) => ({
    command: 'iperf3',
    args: ['-s', '-B', '127.0.0.1', '-p', port, '--forceflush'],
    ready: /listening/,
  }),
  client: (port, seconds) => ({
    command: 'iperf3',
    args: ['-c', '127.0.0.1', '-p', port, '-t', String(seconds), '--json', ...args],
  }),
  figures: ({ stdout }) => figures(JSON.parse(stdout).end.sum_received),
});
