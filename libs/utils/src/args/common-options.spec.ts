import { rawOf } from '../../test/raw-of';
import { CLIENT_OPTIONS, formatAskedFor, metricArguments, outputArguments } from './common-options';
import { UsageError } from './quantities';

const client = (...argv: string[]) => rawOf(CLIENT_OPTIONS, argv);

describe('outputArguments', () => {
  const byDefault = { format: 'text', quiet: false, files: [] };
  it.each([
    [[], {}],
    [['--json'], { format: 'json' }],
    [['--json-stream'], { format: 'jsonl' }],
    [['-q'], { quiet: true }],
    [
      ['-o', 'a.json', '-o', 'b/c.jsonl'],
      {
        files: [
          { format: 'json', path: 'a.json' },
          { format: 'jsonl', path: 'b/c.jsonl' },
        ],
      },
    ],
    [['-o', '/dev/fd/63'], { files: [{ format: 'json', path: '/dev/fd/63' }] }],
    [['-o', '/proc/self/fd/12'], { files: [{ format: 'json', path: '/proc/self/fd/12' }] }],
    [['-o', '/dev/fd/1'], { format: 'json' }],
    [['-o', 'jsonl:/dev/fd/63'], { files: [{ format: 'jsonl', path: '/dev/fd/63' }] }],
    [['-o', 'json:/dev/fd/63'], { files: [{ format: 'json', path: '/dev/fd/63' }] }],
    [['-o', 'jsonl:a.json'], { files: [{ format: 'jsonl', path: 'a.json' }] }],
    [['-o', 'b:a.json'], { files: [{ format: 'json', path: 'b:a.json' }] }],
    [['-o', 'json:-'], { format: 'json' }],
    [['-o', 'jsonl:/dev/stdout', '--json-stream'], { format: 'jsonl' }],
  ])('%p', (argv, expected) => {
    const raw = client(...argv);
    expect(outputArguments(raw, raw.texts('out'))).toStrictEqual({ ...byDefault, ...expected });
  });

  it.each([
    [['--json', '--json-stream'], 'choose'],
    [['--json', '-o', 'jsonl:-'], 'choose'],
    [['-o', 'json'], 'the ending decides'],
    [['-o', '/dev/fd/'], 'the ending decides'],
    [['-o', 'a.csv'], 'the ending decides'],
    [['-o', 'csv:-'], 'cannot be written yet'],
    [['-o', 'html:a.json'], 'cannot be written yet'],
    [['-o', 'json:'], 'the name is missing'],
  ])('%p is refused', (argv, words) => {
    const raw = client(...argv);
    expect(() => outputArguments(raw, raw.texts('out'))).toThrow(UsageError);
    expect(() => outputArguments(raw, raw.texts('out'))).toThrow(words);
  });

  it.each([
    [['--json', '--nonsense'], 'json'],
    [['--nonsense', '--json-stream'], 'jsonl'],
    [['--json', '--json-stream'], 'text'],
    [[], 'text'],
  ])('of %p, which cannot be read to its end, is %s', (argv, format) => {
    expect(formatAskedFor(argv)).toBe(format);
  });
});

describe('metricArguments', () => {
  it.each([
    [[], [true, true, true]],
    [['--no-throughput'], [false, true, true]],
    [['--no-jitter'], [true, false, true]],
    [['--no-owd'], [true, true, false]],
  ])('%p', (argv, expected) => {
    const { throughput, jitter, oneWayDelay } = metricArguments(client(...argv));
    expect([throughput, jitter, oneWayDelay]).toStrictEqual(expected);
  });
});
