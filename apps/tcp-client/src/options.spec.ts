import { parseCommandLine, UsageError } from '@pathgauge/utils';
import { TCP_CLIENT, tcpClientRun } from './options';

function run(...argv: string[]) {
  const parsed = parseCommandLine(TCP_CLIENT, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return tcpClientRun(parsed.raw);
}

const BY_DEFAULT = {
  protocol: 'tcp',
  host: '127.0.0.1',
  port: 65_432,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  dontFragment: false,
  length: 1024,
  spacing: 1e9,
  duration: 10e9,
  reverse: false,
  reportInterval: 1e9,
  metrics: { throughput: true, jitter: true, oneWayDelay: true },
};

describe('tcp-client', () => {
  it.each([
    [[], {}],
    [['host', '5000'], { host: 'host', port: 5000 }],
    // As the first users wrote it.
    [
      ['--a', '::1', '--p', '1', '--i', '0.5', '--l', '2048', '--t', '3'],
      { host: '::1', port: 1, spacing: 5e8, length: 2048, duration: 3e9 },
    ],
    [['-i', '20ms', '-l', '20', '-t', '1m'], { spacing: 20e6, length: 20, duration: 60e9 }],
    [['-l', '1M'], { length: 1_048_576 }],
    [['--max'], { spacing: undefined, length: 131_072 }],
    [['-i', '0'], { spacing: undefined, length: 131_072 }],
    [['--max', '-l', '1000'], { spacing: undefined, length: 1000 }],
    // 100 messages a second of 125 000 bytes.
    [['-b', '100M'], { spacing: 10e6, length: 125_000 }],
    // 1024 bytes are 8192 bits: one a second.
    [['-b', '8192'], { spacing: 1e9, length: 1024 }],
    // 131 072 bytes are 1 048 576 bits.
    [['-b', '10G'], { spacing: 104_857.6, length: 131_072 }],
    [['-b', '8M', '-l', '1000'], { spacing: 1e6, length: 1000 }],
    [['-R'], { reverse: true }],
    [['--report-interval', '100ms'], { reportInterval: 1e8 }],
    [['--no-owd', '--no-jitter'], { metrics: { throughput: true, jitter: false, oneWayDelay: false } }],
  ])('%p', (argv, expected) => {
    expect(run(...argv).options).toStrictEqual({ ...BY_DEFAULT, ...expected });
  });

  it.each([
    [['-i', '1', '-b', '1M'], /choose one of -i, -b/],
    [['--max', '-i', '1'], /choose one of -i, --max/],
    [['--max', '-b', '1M'], /choose one of -b, --max/],
    [['-i', '-1'], /--interval -1: must not be negative/],
    [['-i', 'often'], /not a time/],
    [['-t', '0'], /--time 0: must be above 0/],
    [['-t', '-5s'], /must be above 0/],
    [['-t', '25h'], /24h/],
    [['-l', '19'], /--length 19: must be from 20 to 1048576 bytes/],
    [['-l', '1048577'], /must be from 20/],
    [['-l', 'big'], /not a size/],
    [['-b', '0'], /not a bit rate/],
    [['host', '65536'], /not a port/],
    [['host', '-p', '-1'], /not a port/],
    [['host', 'abc'], /not a port/],
    [['host', '0'], /not a port/],
    [['host', '-a', 'other'], /two hosts/],
    [['-4', '-6'], /-4 or -6/],
    [['-p', '1', '-p', '2'], /more than once/],
    [['host', '1', 'more'], /one argument too many/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });

  it('has help that fits a terminal and names every option', () => {
    const help = parseCommandLine(TCP_CLIENT, ['--help'], '1');
    const text = help.kind === 'print' ? help.text : '';
    expect(text.split('\n').filter((line) => line.length > 80)).toStrictEqual([]);
    expect(Object.keys(TCP_CLIENT.options).filter((name) => !text.includes(`--${name}`))).toStrictEqual([]);
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

describe('--dscp', () => {
  it.each([
    ['0', 0],
    ['46', 46],
    ['63', 63],
  ])('%s', (text, dscp) => {
    expect(run('--dscp', text).options.dscp).toBe(dscp);
    expect(run('--dscp', text, '--transport', 'linux').options.dscp).toBe(dscp);
  });

  it.each([
    [['--dscp', '64'], /--dscp 64: must be from 0 to 63/],
    [['--dscp', '-1'], /--dscp -1: must be from 0 to 63/],
    [['--dscp', 'EFF'], /--dscp EFF: must be from 0 to 63/],
    [['--dscp', '1.5'], /must be from 0 to 63/],
    [['--dscp', '0x10'], /must be from 0 to 63/],
    [['--dscp', ''], /must be from 0 to 63/],
    [['--dscp', '46', '--transport', 'portable'], /--dscp needs the linux transport/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });
});
