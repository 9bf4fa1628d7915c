import { parseCommandLine, UsageError } from '@pathgauge/utils';
import { UDP_SERVER, udpServerRun } from './options';

function run(...argv: string[]) {
  const parsed = parseCommandLine(UDP_SERVER, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return udpServerRun(parsed.raw);
}

const BY_DEFAULT = {
  runner: 'udp-server',
  serves: { probes: 'stamp', udpLoad: true, tcpLoad: false },
  address: undefined,
  port: 65_432,
  metrics: { throughput: true, jitter: true, oneWayDelay: true },
  reportInterval: 1e9,
  once: false,
};

describe('udp-server', () => {
  it.each([
    [[], {}],
    [['5000'], { port: 5000 }],
    [['0'], { port: 0 }],
    [['--p', '862', '--a', '::1'], { port: 862, address: '::1' }],
    [['--once'], { once: true }],
    [['--no-throughput'], { metrics: { throughput: false, jitter: true, oneWayDelay: true } }],
    [['--report-interval', '0.5'], { reportInterval: 5e8 }],
    [['--echo'], { serves: { probes: 'echo', udpLoad: true, tcpLoad: false } }],
  ])('%p', (argv, expected) => {
    expect(run(...argv).options).toStrictEqual({ ...BY_DEFAULT, ...expected });
  });

  it.each([
    [['65536'], /not a port/],
    [['-p', '-1'], /not a port/],
    [['abc'], /not a port/],
    [['1', '-p', '2'], /two ports/],
    [['1', '2'], /one argument too many/],
    [['--report-interval', '0'], /must be above 0/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });

  it('has help that fits a terminal and names every option', () => {
    const help = parseCommandLine(UDP_SERVER, ['--help'], '1');
    const text = help.kind === 'print' ? help.text : '';
    expect(text.split('\n').filter((line) => line.length > 80)).toStrictEqual([]);
    expect(Object.keys(UDP_SERVER.options).filter((name) => !text.includes(`--${name}`))).toStrictEqual([]);
  });
});

describe('--transport', () => {
  it.each([
    [[], 'auto'],
    [['--transport', 'auto'], 'auto'],
    [['--transport', 'portable'], 'portable'],
    [['--transport=linux'], 'linux'],
  ])('%p', (argv, transport) => {
    expect(run(...argv).transport).toBe(transport);
  });

  it.each([['macos'], ['Linux'], [''], ['lin']])('%p is refused in one line', (text) => {
    expect(() => run('--transport', text)).toThrow(UsageError);
    expect(() => run('--transport', text)).toThrow(/--transport .*: choose one of auto, portable, linux/);
  });
});

it('spins while probes come, and all the time with --busy-poll', () => {
  expect(run().spin).toBe('brief');
  expect(run('--busy-poll').spin).toBe('busy');
});
