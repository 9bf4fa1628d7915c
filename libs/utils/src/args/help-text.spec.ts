import { helpText } from './help-text';
import type { CommandSpec, OptionSpec } from './option-spec';

const spec = (options: Record<string, OptionSpec>): CommandSpec<string> => ({
  program: 'program',
  usage: 'program [host] [options]',
  summary: 'Does it.',
  options,
  examples: [
    ['program', 'does it here'],
    ['program host', 'does it there'],
  ],
  mostPositionals: 1,
});
const linesOf = (options: Record<string, OptionSpec>): string[] => helpText(spec(options), options).split('\n');

it('says how it is called, what it does, its options, and commands', () => {
  const options: Record<string, OptionSpec> = {
    count: { alias: 'c', kind: 'value', describe: 'So many', default: '10' },
    quiet: { kind: 'flag', describe: 'Say less' },
    out: { kind: 'values', describe: 'Write there' },
  };
  expect(linesOf(options)).toStrictEqual([
    'program [host] [options]',
    'Does it.',
    '',
    'Options:',
    `  -c, --count  So many${' '.repeat(45)}[default: 10]`,
    `      --quiet  Say less${' '.repeat(48)}[boolean]`,
    '      --out    Write there',
    '',
    'Examples:',
    '  program       does it here',
    '  program host  does it there',
  ]);
});

it('puts on a line of its own what does not stand beside a description, and cuts nothing', () => {
  // Two spaces, the name, two spaces: 13 columns; "[boolean]" begins in column 71, behind a space at the least.
  for (const [length, count] of [
    [57, 1],
    [58, 2],
  ] as const) {
    const describe = 'd'.repeat(length);
    const lines = linesOf({ all: { kind: 'flag', describe } }).slice(4, 4 + count);
    expect(lines.join('')).toMatch(new RegExp(`^ {6}--all  ${describe} +\\[boolean\\]$`));
    expect(lines.at(-1)?.length).toBe(80);
  }
});
