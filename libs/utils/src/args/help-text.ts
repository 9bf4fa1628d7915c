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
  const lines = wrapped(describe, WIDTH - 2 * GAP - width).map((text, i) => row(i === 0 ? name : '', width, text));
  if (aside === '') return lines;
  const last = lines.at(-1) as string;
  const room = WIDTH - aside.length;
  return last.length < room ? [...lines.slice(0, -1), last.padEnd(room) + aside] : [...lines, aside.padStart(WIDTH)];
}

/** Lines of whole words, `room` wide at the most where no word is longer. */
function wrapped(text: string, room: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= room) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const row = (name: string, width: number, text: string): string =>
  `${' '.repeat(GAP)}${name.padEnd(width + GAP)}${text}`;

const widest = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length));
