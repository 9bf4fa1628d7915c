import { bundle } from '../bundle.mjs';
import { server } from '../contenders/pathgauge.mjs';
import { freePort } from '../free-port.mjs';
import { run, startServer } from '../process.mjs';
import { line } from '../table.mjs';

const FLOWS = 1_000;
const SECONDS = 30;
const MAX_SECONDS = 180;

/** What many idle flows of probes take in one thread, on one socket. */
export async function flows() {
  return {
    title: `memory of ${FLOWS} flows of a probe a second, after ${SECONDS} s`,
    measure: async () => {
      const program = await bundle('flows/measure.ts', 'es');
      const port = await freePort();
      const udpServer = await startServer(server('udp')(port));
      try {
        const args = ['--expose-gc', program, port, String(FLOWS), String(SECONDS)];
        const { stdout } = await run({ command: process.execPath, args }, MAX_SECONDS);
        const figures = JSON.parse(stdout);
        line(
          `above one flow: ${figures.aboveOneMiB.toFixed(1)} MiB (${figures.residentAboveOneMiB.toFixed(1)} MiB resident)`,
        );
        line(`each flow: ${figures.perFlowKiB.toFixed(1)} KiB`);
        line(`probes answered: ${figures.received} of ${figures.sent}`);
        return { figures };
      } finally {
        await udpServer.stop();
      }
    },
  };
}
