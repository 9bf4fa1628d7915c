import { bundle } from '../bundle.mjs';
import { run } from '../process.mjs';

/** 10^8 probes take a minute or two. */
const MAX_SECONDS = 900;

/** What it costs to record a probe, each estimator in a process of its own, and 10^8 probes through all of them. */
export async function estimators() {
  return {
    title: 'recording, median of 7 rounds of 10^6',
    measure: async () => {
      const program = await bundle('estimators/measure.ts', 'es');
      const node = (args) => ({ command: process.execPath, args });
      const names = JSON.parse((await run(node([program]), MAX_SECONDS)).stdout);
      const lines = [];
      for (const name of names) {
        const what = node(['--expose-gc', program, name]);
        const { stdout } = await run(what, MAX_SECONDS, (text) => process.stdout.write(text));
        lines.push(...stdout.trim().split('\n'));
      }
      return { lines };
    },
  };
}
