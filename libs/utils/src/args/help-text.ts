import type { CommandSpec, OptionSpec } from './option-spec';

const WIDTH = 80;
const GAP = 2;

/** What `--help` prints. */
export function helpText<Name extends string>(
  { usage, summary, examples }: CommandSpec<Name>,
  options: Readonly<Record<string, OptionSpec>>,
): string {
  const names = Object.entries(options).map(([name, { alias }]) => `${alias ? `-${alias}, ` : '    '}--${name}`);
  const width = widest(names);
  const lines = Object.values(options).flatMap((option, k) => optionLines(names[k] ?? '', width, option));
  const commands = widest(examples.map(([command]) => command));
  const shown = examples.map(([command, meaning]) => row(command, commands, meaning));
  return [usage, summary, '', 'Options:', ...lines, '', 'Examples:', ...shown].join('\n');
}

/** An option's value, or that it has none, stands at the right, on a line of its own where it does not fit. */
function optionLines(name: string, width: number, { kind, describe, default: shown }: OptionSpec): readonly string[] {
  const aside = shown !== undefined ? `[default: ${shown}]` : kind === 'flag' ? '[boolean]' : '';
  const line = row(name, width, describe);
  if (aside === '') return [line];
  const room = WIDTH - aside.length;
  return line.length < room ? [line.padEnd(room) + aside] : [line, aside.padStart(WIDTH)];
}

const row = (name: string, width: number, text: string): string =>
  `${' '.repeat(GAP)}${name.padEnd(width + GAP)}${text}`;

const widest = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length));
