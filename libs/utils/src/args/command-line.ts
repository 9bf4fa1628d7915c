import yargs, { type Options } from 'yargs';
import { checkWords } from './check-words';
import type { CommandSpec, OptionSpec } from './option-spec';
import { UsageError } from './quantities';

/** What was on the command line, checked for shape only. */
export interface RawArguments<Name extends string> {
  readonly positionals: readonly string[];
  text(name: Name): string | undefined;
  texts(name: Name): readonly string[];
  flag(name: Name): boolean;
}

type Parsed<Name extends string> =
  | { readonly kind: 'run'; readonly raw: RawArguments<Name> }
  | { readonly kind: 'print'; readonly text: string };

const HELP_WIDTH = 80;

/** Reads a command line. `--help` and `--version` come back as text to print. Throws `UsageError`. */
export function parseCommandLine<Name extends string>(
  spec: CommandSpec<Name>,
  argv: readonly string[],
  version: string,
): Parsed<Name> {
  let printed = '';
  const words = checkWords(spec.program, spec.options, argv);
  refuseFlagValues(spec.options, argv);
  const parser = yargs([])
    .scriptName(spec.program)
    .usage(spec.usage)
    .usage(spec.summary)
    .options(yargsOptions(spec.options))
    .example(spec.examples.map(([command, meaning]): [string, string] => [command, meaning]))
    .parserConfiguration({
      'parse-positional-numbers': false,
      'parse-numbers': false,
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
    })
    .strictOptions()
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(HELP_WIDTH)
    .exitProcess(false)
    // What yargs finds itself comes as a message, an error of its own, or both.
    .fail((message, error) => {
      throw error === undefined || error?.name === 'YError' ? new UsageError(message ?? error.message) : error;
    });
  const found = parser.parse([...words], {}, (_error: unknown, _argv: unknown, output: string) => {
    printed = output;
  }) as { _: string[] } & Record<string, unknown>;
  if (printed !== '') return { kind: 'print', text: printed };
  const positionals = found._.map(String);
  if (positionals.length > spec.mostPositionals) {
    throw new UsageError(`one argument too many: '${positionals[spec.mostPositionals]}'; usage: ${spec.usage}`);
  }
  return { kind: 'run', raw: rawArguments(found, positionals) };
}

/** yargs reads `--json=yes` as a flag that is off. */
function refuseFlagValues(options: Readonly<Record<string, OptionSpec>>, argv: readonly string[]): void {
  for (const word of argv) {
    const [, name] = /^--([^=]+)=/.exec(word) ?? [];
    if (name !== undefined && Object.hasOwn(options, name) && options[name]?.kind === 'flag') {
      throw new UsageError(`--${name} takes no value`);
    }
  }
}

function rawArguments<Name extends string>(
  found: Readonly<Record<string, unknown>>,
  positionals: readonly string[],
): RawArguments<Name> {
  return {
    positionals,
    text(name) {
      const value = found[name];
      if (Array.isArray(value)) throw new UsageError(`--${name} is given more than once`);
      return value === undefined ? undefined : String(value);
    },
    texts: (name) => [found[name] ?? []].flat().map(String),
    flag: (name) => [found[name]].flat().includes(true),
  };
}

function yargsOptions(options: Readonly<Record<string, OptionSpec>>): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { alias, kind, describe, default: shown }]) => [
      name,
      {
        ...(alias === undefined ? {} : { alias }),
        describe,
        // Values have no type for yargs: they stay the text that was written, and --help is the shorter for it.
        ...(kind === 'flag' ? { type: 'boolean' } : { requiresArg: true }),
        ...(shown === undefined ? {} : { defaultDescription: shown }),
      } satisfies Options,
    ]),
  );
}
