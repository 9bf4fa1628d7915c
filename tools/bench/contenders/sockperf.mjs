export const sockperfServer =
  (args = []) =>
  (port) => ({ command: 'sockperf', args: ['server', '-i', '127.0.0.1', '-p', port, ...args], ready: /\[tid \d+\]/ });

/** sockperf's ping-pong with messages of our probes' size. */
export const sockperf = ({ serverArgs = [], clientArgs, figures }) => ({
  name: 'sockperf',
  needs: 'sockperf',
  server: sockperfServer(serverArgs),
  client: (port, seconds) => ({
    command: 'sockperf',
    args: ['ping-pong', '-i', '127.0.0.1', '-p', port, '-m', '64', '-t', String(seconds), ...clientArgs],
  }),
  figures: ({ stdout }) => figures(read(stdout)),
});

/** What it prints as latency is half of a round trip. */
function read(text) {
  const number = (pattern) => Number(pattern.exec(text)?.[1]);
  return {
    rttMedianUs: 2 * number(/percentile 50\.000 =\s*([\d.]+)/),
    rttMeanUs: 2 * number(/avg-latency=([\d.]+)/),
    rttP99Us: 2 * number(/percentile 99\.000 =\s*([\d.]+)/),
    // Without its warm-up and what was under way at the end.
    perSecond: number(/Valid Duration\].*ReceivedMessages=(\d+)/) / number(/Valid Duration\] RunTime=([\d.]+)/),
  };
}
