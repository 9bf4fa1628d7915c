import { type ParseArgsConfig, parseArgs } from 'node:util';
import { checkWords, PRINTING } from './check-words';
import { helpText } from './help-text';
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

/** Reads a command line. `--help` and `--version` come back as text to print. Throws `UsageError`. */
export function parseCommandLine<Name extends string>(
  spec: CommandSpec<Name>,
  argv: readonly string[],
  version: string,
): Parsed<Name> {
  const options: Options = { ...spec.options, ...PRINTING };
  const words = checkWords(spec.program, spec.options, argv);
  refuseFlagValues(options, argv);
  // What is wrong with them is found already, and said in words of ours.
  const { values, positionals } = parseArgs({
    args: [...words],
    options: parserOptions(options),
    allowPositionals: true,
    strict: false,
  });
  if (values['help'] !== undefined) return { kind: 'print', text: helpText(spec, options) };
  if (values['version'] !== undefined) return { kind: 'print', text: version };
  if (positionals.length > spec.mostPositionals) {
    throw new UsageError(`one argument too many: '${positionals[spec.mostPositionals]}'; usage: ${spec.usage}`);
  }
  return { kind: 'run', raw: rawArguments(values as Values, positionals) };
}

type Options = Readonly<Record<string, OptionSpec>>;
/** All that was given for each option. */
type Values = Readonly<Record<string, readonly (string | boolean)[] | undefined>>;

/** `--json=yes` looks as if `--json=no` were the contrary. */
function refuseFlagValues(options: Options, argv: readonly string[]): void {
  for (const word of argv) {
    const [, name] = /^--([^=]+)=/.exec(word) ?? [];
    if (name !== undefined && Object.hasOwn(options, name) && options[name]?.kind === 'flag') {
      throw new UsageError(`--${name} takes no value`);
    }
  }
}

function rawArguments<Name extends string>(values: Values, positionals: readonly string[]): RawArguments<Name> {
  const texts = (name: Name) => (values[name] ?? []).map(String);
  return {
    positionals,
    text(name) {
      const [text, ...others] = texts(name);
      if (others.length > 0) throw new UsageError(`--${name} is given more than once`);
      return text;
    },
    texts,
    flag: (name) => values[name]?.includes(true) === true,
  };
}

const parserOptions = (options: Options): ParseArgsConfig['options'] =>
  Object.fromEntries(
    Object.entries(options).map(([name, { alias, kind }]) => [
      name,
      {
        type: kind === 'flag' ? 'boolean' : 'string',
        multiple: true,
        ...(alias === undefined ? {} : { short: alias }),
      },
    ]),
  );
