import { parseCommandLine, type RawArguments } from '../args/command-line';
import type { CommandSpec } from '../args/option-spec';
import { EXIT, OutputError } from './failure';
import { version } from './program';

/** What was typed, read or not. */
export interface CommandLine<Name extends string> {
  readonly argv: readonly string[];
  /** Throws a `UsageError` for what cannot be read. */
  raw(): RawArguments<Name>;
}

/** A file of its own, which is loaded only when there is something to run: most of a runner's code. */
interface RunModule<Name extends string> {
  run(commandLine: CommandLine<Name>): Promise<void>;
}

/** A runner, from its command line on. What only prints, `--help` and `--version`, loads no more than it needs for that. */
export async function startProgram<Name extends string>(
  spec: CommandSpec<Name>,
  load: () => Promise<RunModule<Name>>,
): Promise<void> {
  const argv = process.argv.slice(2);
  let raw: () => RawArguments<Name>;
  try {
    const parsed = parseCommandLine(spec, argv, version());
    if (parsed.kind === 'print') return print(spec.program, parsed.text);
    raw = () => parsed.raw;
  } catch (error) {
    // It goes where results go, and that is decided by what runs.
    raw = () => {
      throw error;
    };
  }
  const { run } = await load();
  await run({ argv, raw });
}

function print(program: string, text: string): void {
  // The callback below hears of it as well.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  process.stdout.write(`${text}\n`, (error: NodeJS.ErrnoException | null | undefined) => {
    if (!error) return process.exit(EXIT.measured);
    // A reader that has gone wanted no more.
    if (error.code !== 'EPIPE')
      process.stderr.write(`${program}: ${new OutputError('standard output', error).message}\n`);
    process.exit(EXIT.failed);
  });
}
