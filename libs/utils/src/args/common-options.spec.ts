import { type CommandSpec, parseCommandLine } from './command-line';
import {
  CLIENT_OPTIONS,
  formatAskedFor,
  listenArguments,
  loadTimeArgument,
  metricArguments,
  outputArguments,
  positiveDuration,
  reportIntervalArgument,
  SERVER_OPTIONS,
  targetArguments,
} from './common-options';
import { UsageError } from './quantities';

function rawOf<Name extends string>(options: CommandSpec<Name>['options'], argv: readonly string[]) {
  const spec = { program: 'tool', usage: 'tool', summary: 'Measures.', options, examples: [], mostPositionals: 2 };
  const parsed = parseCommandLine(spec, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return parsed.raw;
}

const client = (...argv: string[]) => rawOf(CLIENT_OPTIONS, argv);
const server = (...argv: string[]) => rawOf(SERVER_OPTIONS, argv);

describe('targetArguments', () => {
  const byDefault = { host: '127.0.0.1', port: 65_432, family: undefined, bind: undefined };
  it.each([
    [[], {}],
    [['host'], { host: 'host' }],
    [['host', '5'], { host: 'host', port: 5 }],
    [['-a', 'host'], { host: 'host' }],
    [['-p', '5'], { port: 5 }],
    [['host', '-p', '5'], { host: 'host', port: 5 }],
    [['--a', '::1', '--p', '65535'], { host: '::1', port: 65_535 }],
    [['host:5'], { host: 'host', port: 5 }],
    [['[::1]:5'], { host: '::1', port: 5 }],
    [['::1'], { host: '::1' }],
    [['-a', '[fe80::1%lo]:5'], { host: 'fe80::1%lo', port: 5 }],
    [['host:5', '5'], { host: 'host', port: 5 }],
    [['-a', 'host:5', '-p', '5'], { host: 'host', port: 5 }],
    [['-4'], { family: 4 }],
    [['-6', '--bind', '::1'], { family: 6, bind: '::1' }],
  ])('%p', (argv, expected) => {
    expect(targetArguments(client(...argv))).toStrictEqual({ ...byDefault, ...expected });
  });

  it.each([
    [['one', '-a', 'two'], /two hosts: one and two/],
    [['host', '1', '-p', '2'], /two ports: 1 and 2/],
    [['host:1', '2'], /two ports: 1 and 2/],
    [['host:1', '-p', '2'], /two ports: 1 and 2/],
    [['-a', '[::1]:1', '-p', '2'], /two ports: 1 and 2/],
    [['host:0'], /'0' is not a port/],
    [['host:65536'], /'65536' is not a port/],
    [['host:http'], /'http' is not a port/],
    [['http://host'], /is not a port|not a host/],
    [['-4', '-6'], /-4 or -6/],
    [['host', '0'], /'0' is not a port/],
    [['host', '65536'], /'65536' is not a port/],
    [['host', 'abc'], /'abc' is not a port/],
    [['-p', '-1'], /'-1' is not a port/],
    [['--bind', 'eth0'], /not an IP address/],
    [[''], /host is empty/],
    [['-a', ' '], /host is empty/],
  ])('%p is refused', (argv, words) => {
    const attempt = () => targetArguments(client(...argv));
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(words);
  });
});

describe('listenArguments', () => {
  it.each([
    [[], { address: undefined, port: 65_432 }],
    [['0'], { address: undefined, port: 0 }],
    [['-p', '862', '-a', '::1'], { address: '::1', port: 862 }],
    [['-a', '127.0.0.1:862'], { address: '127.0.0.1', port: 862 }],
    [['862', '-a', '[::]:862'], { address: '::', port: 862 }],
  ])('%p', (argv, expected) => {
    expect(listenArguments(server(...argv))).toStrictEqual(expected);
  });

  it.each([[['65536']], [['abc']], [['-p', '-1']], [['1', '-p', '2']], [['1', '-a', '[::1]:2']], [['127.0.0.1:1']]])(
    '%p is refused',
    (argv) => {
      expect(() => listenArguments(server(...argv))).toThrow(UsageError);
    },
  );
});

it('tells a server that is given an address as its port how to write it', () => {
  expect(() => listenArguments(server('[::1]:5'))).toThrow(/for the own address write -a \[::1\]:5$/);
});

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

describe('times', () => {
  it('report every second, or from 10 ms to an hour', () => {
    expect(reportIntervalArgument(client())).toBe(1e9);
    expect(reportIntervalArgument(client('--report-interval', '10ms'))).toBe(10e6);
    expect(reportIntervalArgument(client('--report-interval', '1h'))).toBe(3600e9);
    for (const text of ['9.9ms', '0', '-1', '3601', 'abc']) {
      expect(() => reportIntervalArgument(client('--report-interval', text))).toThrow(UsageError);
    }
  });

  it('of a load are 10 s, or anything up to a day', () => {
    expect(loadTimeArgument(undefined)).toBe(10e9);
    expect(loadTimeArgument('24h')).toBe(86_400e9);
    for (const text of ['0', '-1s', '24.1h', 'x']) expect(() => loadTimeArgument(text)).toThrow(UsageError);
  });

  it('that must be above 0 are', () => {
    expect(positiveDuration('time', '1ns')).toBe(1);
    expect(() => positiveDuration('time', '0')).toThrow('--time 0: must be above 0');
  });
});
