import { parseCommandLine, type RawArguments } from '../src/args/command-line';
import type { CommandSpec } from '../src/args/option-spec';

/** What stands on the command line `argv` of a program with these options. */
export function rawOf<Name extends string>(
  options: CommandSpec<Name>['options'],
  argv: readonly string[],
): RawArguments<Name> {
  const spec = { program: 'tool', usage: 'tool', summary: 'Measures.', options, examples: [], mostPositionals: 2 };
  const parsed = parseCommandLine(spec, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return parsed.raw;
}
