/** Both directions of a load test, and the options that ask ours and iperf3 alike for them. */
export const directions = [
  { direction: 'up', reverse: [] },
  { direction: 'down', reverse: ['-R'] },
];
