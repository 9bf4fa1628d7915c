import { runner } from '../contenders/pathgauge.mjs';

const RUNNERS = ['tcp-server', 'tcp-client', 'udp-server', 'udp-client'];

/** What a user waits for `--help`, and what of that is Node's own. */
export const start = () => ({
  title: 'the whole process of --help',
  // They are short.
  repeat: 3,
  figures: [{ key: 'elapsedMs', label: 'time', unit: 'ms' }],
  comparisons: [
    {
      contenders: [
        ...RUNNERS.map((name) => ({ name, client: () => runner(name, '--help'), figures })),
        {
          name: 'node -e 0',
          isBaseline: true,
          client: () => ({ command: process.execPath, args: ['-e', '0'] }),
          figures,
        },
      ],
    },
  ],
});

const figures = ({ elapsedMs }) => ({ elapsedMs });
