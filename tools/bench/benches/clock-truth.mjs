import { bundle } from '../bundle.mjs';
import { run } from '../process.mjs';

/** Of each class; those with more exchanges than one window get a twentieth. */
const RUNS = 10_000;
const MAX_SECONDS = 3600;

/** Generated clocks and networks of every class: how often, and by how much, the truth is outside of what is told. */
export async function clockTruth() {
  return {
    title: 'the truth and the intervals of one-way delay, offset and skew',
    measure: async () => {
      const program = await bundle('clock-truth/measure.ts', 'es');
      const what = { command: process.execPath, args: [program, String(RUNS)] };
      const { stdout } = await run(what, MAX_SECONDS, (text) => process.stdout.write(text));
      return { lines: stdout.trim().split('\n') };
    },
  };
}
