import { join } from 'node:path';
import { root } from '../root.mjs';

export const runner = (name, ...args) => ({
  command: process.execPath,
  args: [join(root, 'dist', 'apps', name), ...args],
});

/** A contender of ours: its own server and client, `-t` and `--json` added. `figures` takes them out of the result, and of what was measured around the run. */
export const pathgauge = (protocol, { name = 'pathgauge', serverArgs = [], clientArgs, figures }) => ({
  name,
  server: server(protocol, serverArgs),
  client: (port, seconds) =>
    runner(`${protocol}-client`, '127.0.0.1', port, ...clientArgs, '-t', `${seconds}s`, '--json'),
  figures: ({ stdout, ...measured }) => figures(JSON.parse(stdout), measured),
});

/** Our server, for another's client. */
export const server =
  (protocol, args = []) =>
  (port) => ({
    ...runner(`${protocol}-server`, port, '-a', '127.0.0.1', ...args),
    // The last line of those that say what it listens for.
    ready: /Ctrl-C/,
  });
