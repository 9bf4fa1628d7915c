import { median } from '../statistics.mjs';

/** fping, whose peer is the kernel. It tells each round trip in ms, and `-` for one that was lost. */
export const fping = (intervalMs) => ({
  name: 'fping',
  needs: 'fping',
  server: undefined,
  client: (_port, seconds) => ({
    command: 'fping',
    args: ['-q', '-C', String((seconds * 1000) / intervalMs), '-p', String(intervalMs), '127.0.0.1'],
  }),
  figures: ({ stderr }) => {
    const times = stderr
      .slice(stderr.indexOf(' : ') + 3)
      .trim()
      .split(/\s+/)
      .filter((time) => time !== '-')
      .map((time) => Number(time) * 1e3);
    const byLength = times.toSorted((a, b) => a - b);
    return {
      rttMedianUs: median(times),
      rttMeanUs: times.reduce((sum, time) => sum + time, 0) / times.length,
      rttP99Us: byLength[Math.ceil(0.99 * times.length) - 1],
    };
  },
});
