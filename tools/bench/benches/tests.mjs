import { setTimeout as sleep } from 'node:timers/promises';
import { server } from '../contenders/pathgauge.mjs';
import { freePort } from '../free-port.mjs';
import { IPERF3 } from '../iperf3-program.mjs';
import { run, startServer } from '../process.mjs';
import { line } from '../table.mjs';

const TESTS = 100;
/** A server allows half of its tests to one address. */
const ADDRESSES = 4;
const SECONDS = 10;
const MAX_SECONDS = 60;
const WANTED_BITS = 1e6;
const SETTLE_MS = 6_000;
const MIB = 1024 * 1024;

/** What many tests at once take from a server: clients of iperf3, which are light, from a few addresses of this host. */
export const tests = () => ({
  title: `a tcp-server with ${TESTS} tests at once of 1 Mbit/s`,
  measure: async () => {
    const port = await freePort();
    const running = await startServer(server('tcp')(port));
    try {
      await run(client(port, 0, 2), MAX_SECONDS);
      const one = await during(running, [run(client(port, 0, SECONDS), MAX_SECONDS)]);
      const many = await during(
        running,
        Array.from({ length: TESTS }, (_, i) => run(client(port, i, SECONDS), MAX_SECONDS)),
      );
      const rates = many.printed.map(({ stdout }) => JSON.parse(stdout).end.sum_received.bits_per_second);
      const figures = {
        oneMiB: one.bytes / MIB,
        manyMiB: many.bytes / MIB,
        aboveOneMiBEach: (many.bytes - one.bytes) / MIB / (TESTS - 1),
        slowestMegabitsPerSecond: Math.min(...rates) / 1e6,
        atRate: rates.filter((rate) => rate > 0.95 * WANTED_BITS).length,
      };
      line(`one test: ${figures.oneMiB.toFixed(1)} MiB resident; ${TESTS}: ${figures.manyMiB.toFixed(1)} MiB`);
      line(`each above the one: ${figures.aboveOneMiBEach.toFixed(2)} MiB`);
      line(
        `at 0.95 Mbit/s or more: ${figures.atRate} of ${TESTS}, the slowest ${figures.slowestMegabitsPerSecond.toFixed(3)}`,
      );
      return { figures };
    } finally {
      await running.stop();
    }
  },
});

const client = (port, i, seconds) => ({
  command: IPERF3,
  args: [
    ...['-c', '127.0.0.1', '-B', `127.0.0.${2 + (i % ADDRESSES)}`, '-p', port],
    ...['-b', '1M', '-l', '12500', '-t', String(seconds), '--json'],
  ],
});

async function during(server, runs) {
  const all = Promise.all(runs);
  const [bytes] = await Promise.all([sleep(SETTLE_MS).then(() => server.residentBytes()), all]);
  return { bytes, printed: await all };
}
