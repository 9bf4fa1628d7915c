import { parseCommandLine, type RawArguments } from './command-line';
import type { CommandSpec } from './option-spec';
import { UsageError } from './quantities';

const OPTIONS = {
  address: { alias: 'a', kind: 'value', describe: 'Server', default: '127.0.0.1' },
  port: { alias: 'p', kind: 'value', describe: 'Port' },
  ipv4: { alias: '4', kind: 'flag', describe: 'IPv4 only' },
  ipv6: { alias: '6', kind: 'flag', describe: 'IPv6 only' },
  out: { alias: 'o', kind: 'values', describe: 'File' },
  'no-owd': { kind: 'flag', describe: 'No one-way delay' },
} as const;
type Name = keyof typeof OPTIONS;

const SPEC: CommandSpec<Name> = {
  program: 'tool',
  usage: 'tool [host] [port] [options]',
  summary: 'Measures.',
  options: OPTIONS,
  examples: [['tool host', 'measures host']],
  mostPositionals: 2,
};

const parse = (...argv: string[]) => parseCommandLine(SPEC, argv, '1.2.3');

const raw = (...argv: string[]): RawArguments<Name> => {
  const parsed = parse(...argv);
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return parsed.raw;
};

describe('parseCommandLine', () => {
  it.each([
    ['-a', 'host'],
    ['--a', 'host'],
    ['--address', 'host'],
  ])('knows %s', (...argv) => {
    expect(raw(...argv).text('address')).toBe('host');
  });

  it.each([[['--address=host']], [['--a=host']], [['-ahost']], [['-a=host']], [['-46ahost']]])(
    'takes a value as in %p',
    (argv) => {
      expect(raw(...argv).text('address')).toBe('host');
    },
  );

  it.each(['-4', '--4', '--ipv4'])('knows %s', (word) => {
    expect([raw(word).flag('ipv4'), raw(word).flag('ipv6')]).toStrictEqual([true, false]);
    expect(raw(word).positionals).toStrictEqual([]);
  });

  it('leaves values and positionals the text that was written', () => {
    const { positionals, text } = raw('0010', '1e3', '-p', '007');
    expect(positionals).toStrictEqual(['0010', '1e3']);
    expect(text('port')).toBe('007');
    expect(raw('-p', '-1').text('port')).toBe('-1');
  });

  it('knows what is absent from what is there', () => {
    const { positionals, text, texts, flag } = raw();
    expect(positionals).toStrictEqual([]);
    expect(text('address')).toBeUndefined();
    expect(texts('out')).toStrictEqual([]);
    expect(flag('no-owd')).toBe(false);
    expect(raw('--no-owd').flag('no-owd')).toBe(true);
  });

  it('collects what may be repeated, and does not swallow what follows', () => {
    const { texts, positionals } = raw('-o', 'a.json', 'host', '--out', 'b.jsonl');
    expect(texts('out')).toStrictEqual(['a.json', 'b.jsonl']);
    expect(positionals).toStrictEqual(['host']);
    expect(raw('-o', 'a.json').texts('out')).toStrictEqual(['a.json']);
  });

  it('refuses a value that is given twice, by whatever name', () => {
    expect(() => raw('-p', '1', '--port', '2').text('port')).toThrow('--port is given more than once');
    expect(() => raw('-p', '1', '--port', '2').text('port')).toThrow(UsageError);
  });

  it('takes a flag that is given twice', () => {
    expect(raw('-4', '--ipv4').flag('ipv4')).toBe(true);
  });

  it.each([
    ['an unknown option', ['--bogus'], /bogus/],
    ['an unknown letter', ['-z'], /z/],
    ['a value that is missing', ['--port'], /port/],
    ['a value that is missing before another option', ['--port', '--address', 'x'], /port/],
    ['too many positionals', ['host', '1', 'more'], /one argument too many: 'more'/],
  ])('refuses %s in one line', (_, argv, words) => {
    let message = '';
    try {
      parse(...argv);
    } catch (error) {
      message = (error as Error).message;
      expect(error instanceof UsageError || (error as Error).name === 'YError').toBe(true);
    }
    expect(message).toMatch(words);
  });

  it.each(['--help', '-h'])('gives the help as text for %s', (word) => {
    const parsed = parse(word, 'host');
    const text = parsed.kind === 'print' ? parsed.text : '';
    for (const part of [SPEC.usage, SPEC.summary, '--address', '-a', 'measures host', '[default: 127.0.0.1]']) {
      expect(text).toContain(part);
    }
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('gives the version as text', () => {
    expect(parse('--version')).toStrictEqual({ kind: 'print', text: '1.2.3' });
  });

  it('takes what stands behind -- for positionals', () => {
    expect(raw('--', '-4x').positionals).toStrictEqual(['-4x']);
  });
});
