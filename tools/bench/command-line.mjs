import { parseArgs } from 'node:util';

const ROUNDS = '7';
const SECONDS = '3';

/** Which benches to run, how often and for how long. A mistake ends the process with 2. */
export function readCommandLine(args, names) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { rounds: { type: 'string', default: ROUNDS }, seconds: { type: 'string', default: SECONDS } },
    });
    const unknown = positionals.filter((name) => !names.includes(name));
    if (unknown.length > 0) throw new Error(`no bench is called ${unknown.join(', ')}; there are ${names.join(', ')}`);
    return {
      benches: positionals.length === 0 ? names : names.filter((name) => positionals.includes(name)),
      rounds: whole('--rounds', values.rounds),
      // Not all of the peers take parts of a second.
      seconds: whole('--seconds', values.seconds),
    };
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

function whole(option, text) {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} takes a whole number from 1, not ${text}`);
  return value;
}
