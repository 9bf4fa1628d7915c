import fc from 'fast-check';
import { helpText } from './help-text';

const COMMAND = {
  program: 'tool',
  usage: 'tool [host]',
  summary: 'Does it.',
  options: {},
  examples: [['tool', 'does it']],
  mostPositionals: 1,
} as const;

it('goes on below where a description does not fit, and breaks no word', () => {
  const describe = 'Also write .json or .jsonl, or json:FILE; repeatable, for whoever wants both';
  const text = helpText(COMMAND, { out: { alias: 'o', kind: 'flag', describe } });
  expect(text.split('\n').slice(3, 6)).toStrictEqual([
    'Options:',
    '  -o, --out  Also write .json or .jsonl, or json:FILE; repeatable, for whoever',
    '             wants both                                                [boolean]',
  ]);
});

it('has no line that is wider than a terminal, and each word of each description', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  const option = fc.record(
    {
      kind: fc.constantFrom('flag' as const, 'value' as const),
      describe: fc.array(word, { minLength: 1, maxLength: 30 }),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{2,24}$/), option, { minKeys: 1, maxKeys: 5 }), (options) => {
      const described = Object.entries(options).map(([name, { kind, describe }]) => [
        name,
        { kind, describe: describe.join(' ') },
      ]);
      const text = helpText(COMMAND, Object.fromEntries(described));
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
      const words = text.split(/\s+/);
      for (const { describe } of Object.values(options)) for (const each of describe) expect(words).toContain(each);
    }),
  );
});

it('says how a program is called, what it does, its options with letter, default and kind, and commands', () => {
  const options = {
    count: { alias: 'c', kind: 'value', describe: 'So many', default: '10' },
    quiet: { kind: 'flag', describe: 'Say less' },
    out: { kind: 'values', describe: 'Write there' },
  } as const;
  const examples = [
    ['tool', 'does it here'],
    ['tool host', 'does it there'],
  ] as const;
  expect(helpText({ ...COMMAND, examples }, options).split('\n')).toStrictEqual([
    'tool [host]',
    'Does it.',
    '',
    'Options:',
    `  -c, --count  So many${' '.repeat(45)}[default: 10]`,
    `      --quiet  Say less${' '.repeat(48)}[boolean]`,
    '      --out    Write there',
    '',
    'Examples:',
    '  tool       does it here',
    '  tool host  does it there',
  ]);
});
