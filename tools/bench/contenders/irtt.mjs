/** irtt with packets of our probes' size. Its server allows 10 ms at the least unless told otherwise. */
export const irtt = (interval, figures) => ({
  name: 'irtt',
  needs: 'irtt',
  server: (port) => ({ command: 'irtt', args: ['server', '-i', '0', '-b', `127.0.0.1:${port}`], ready: /listener on/ }),
  client: (port, seconds) => ({
    command: 'irtt',
    args: ['client', '-i', interval, '-d', `${seconds}s`, '-l', '64', '-Q', '-o', '-', `127.0.0.1:${port}`],
  }),
  figures: ({ stdout }) => figures(JSON.parse(stdout).stats),
});
