import { join } from 'node:path';
import { bundle } from '../bundle.mjs';
import { server } from '../contenders/pathgauge.mjs';
import { freePort } from '../free-port.mjs';
import { run, startServer } from '../process.mjs';
import { root } from '../root.mjs';
import { median } from '../statistics.mjs';
import { line } from '../table.mjs';

const MANY = 100;
const RATE = 1e6;
/** What of the rate counts as kept: the last message may be under way when the time is over. */
const KEPT = 0.98;
const GRACE_SECONDS = 30;

/** What a server needs for many load tests at once, above what it needs for one, and whether all of them keep their rate. */
export async function manyTests({ seconds }) {
  return {
    title: `${MANY} load tests at once of 1 Mbit/s each, for ${Math.max(seconds, 10)} s`,
    measure: async () => {
      const program = await bundle('many/loads.ts', 'cjs');
      const rows = [];
      for (const protocol of ['tcp', 'udp']) {
        for (const direction of ['up', 'down']) {
          const row = await measured(program, protocol, direction, Math.max(seconds, 10));
          rows.push(row);
          const { mibPerTest, kept, medianBitsPerSecond, cutShort, serverCpuSeconds } = row;
          line(
            `${protocol} ${direction}: ${mibPerTest.toFixed(2)} MiB a test, ${kept} of ${MANY} keep the rate ` +
              `(median ${(medianBitsPerSecond / 1e6).toFixed(3)} Mbit/s, ${cutShort} not all sent), ` +
              `server's processor time ${serverCpuSeconds.toFixed(1)} s`,
          );
        }
      }
      return { rows };
    },
  };
}

async function measured(program, protocol, direction, seconds) {
  const port = await freePort();
  const running = await startServer(server(protocol)(port));
  const thread = join(root, 'dist', 'apps', `${protocol}-client`, 'thread.worker.js');
  const loads = async (count) => {
    let peakMib = 0;
    const sampling = setInterval(() => (peakMib = Math.max(peakMib, running.residentMib())), 100);
    const args = [program, protocol, count, thread, '127.0.0.1', port, '-b', RATE, '-t', seconds];
    if (direction === 'down') args.push('--reverse');
    const what = { command: process.execPath, args: args.map(String) };
    const { stdout } = await run(what, seconds + GRACE_SECONDS).finally(() => clearInterval(sampling));
    return { peakMib, outcomes: JSON.parse(stdout) };
  };
  try {
    const one = await loads(1);
    const before = running.cpuSeconds();
    const many = await loads(MANY);
    const rates = many.outcomes.map(({ bitsPerSecond }) => bitsPerSecond);
    return {
      protocol,
      direction,
      mibPerTest: (many.peakMib - one.peakMib) / (MANY - 1),
      kept: rates.filter((rate) => rate >= KEPT * RATE).length,
      medianBitsPerSecond: median(rates),
      cutShort: many.outcomes.filter(({ reason }) => reason !== null).length,
      serverCpuSeconds: running.cpuSeconds() - before,
      outcomes: many.outcomes,
    };
  } finally {
    await running.stop();
  }
}
