import { bundle } from '../bundle.mjs';
import { run } from '../process.mjs';

const RUNS = 100_000;
const MAX_SECONDS = 3600;

/** In which direction probes were lost, as told by the ledger, against simulated networks of every class. */
export async function losses() {
  return {
    title: `direction of loss, ${RUNS} simulated runs a class`,
    measure: async () => {
      const command = { command: process.execPath, args: [await bundle('losses/measure.ts', 'es'), `${RUNS}`] };
      const { stdout } = await run(command, MAX_SECONDS, (text) => process.stdout.write(text));
      return { lines: stdout.trim().split('\n') };
    },
  };
}
