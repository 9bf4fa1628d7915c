import { bundle } from '../bundle.mjs';

const MANY = 1_000;

/** What sockets cost that share one thread, and how much longer a round trip takes beside them. */
export async function sockets() {
  const program = await bundle('sockets/measure.ts', 'cjs');
  const opened = (count) => () => ({ command: process.execPath, args: ['--expose-gc', program, String(count)] });
  const roundTrip = ({ stdout }) => ({ roundTripUs: JSON.parse(stdout).roundTripNs / 1e3 });
  return {
    title: 'UDP sockets of one thread, and a round trip between two of them',
    figures: [
      { key: 'memoryKiB', label: 'memory of each', unit: 'KiB' },
      { key: 'roundTripUs', label: 'round trip', unit: 'us' },
    ],
    comparisons: [
      {
        contenders: [
          {
            name: `${MANY} sockets more`,
            client: opened(MANY),
            figures: (printed) => ({
              memoryKiB: JSON.parse(printed.stdout).bytesEach / 1024,
              ...roundTrip(printed),
            }),
          },
          { name: 'none', isBaseline: true, client: opened(0), figures: roundTrip },
        ],
      },
    ],
  };
}
