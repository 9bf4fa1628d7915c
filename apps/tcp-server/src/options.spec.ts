import { parseCommandLine, UsageError } from '@pathgauge/utils';
import { TCP_SERVER, tcpServerRun } from './options';

function run(...argv: string[]) {
  const parsed = parseCommandLine(TCP_SERVER, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return tcpServerRun(parsed.raw);
}

const BY_DEFAULT = {
  runner: 'tcp-server',
  serves: { probes: undefined, udpLoad: false, tcpLoad: true },
  address: undefined,
  port: 65_432,
  metrics: { throughput: true, jitter: true, oneWayDelay: true },
  reportInterval: 1e9,
  once: false,
};

describe('tcp-server', () => {
  it.each([
    [[], {}],
    [['5000'], { port: 5000 }],
    [['0'], { port: 0 }],
    [['--p', '862', '--a', '::1'], { port: 862, address: '::1' }],
    [['--once'], { once: true }],
    [['--no-throughput'], { metrics: { throughput: false, jitter: true, oneWayDelay: true } }],
    [['--report-interval', '0.5'], { reportInterval: 5e8 }],
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
    const help = parseCommandLine(TCP_SERVER, ['--help'], '1');
    const text = help.kind === 'print' ? help.text : '';
    expect(text.split('\n').filter((line) => line.length > 80)).toStrictEqual([]);
    expect(Object.keys(TCP_SERVER.options).filter((name) => !text.includes(`--${name}`))).toStrictEqual([]);
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
