import { PLAIN_SOCKETS } from '@pathgauge/session';
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
  directions: ['up'],
  parallel: 1,
  length: 1024,
  spacing: 1e9,
  burst: 1,
  amount: undefined,
  omit: 0,
  duration: 10e9,
  sockets: PLAIN_SOCKETS,
  reportInterval: 1e9,
  waitBusy: undefined,
  getServerOutput: false,
  authToken: undefined,
  metrics: { throughput: true, jitter: true, oneWayDelay: true },
};

const AMOUNT = { amount: { bytes: 393_216 }, duration: undefined };
const MAX = { spacing: undefined, length: 131_072 };

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
    [['-b', '8M/5', '-l', '1000'], { spacing: 1e6, length: 1000, burst: 5 }],
    [['-P', '4', '--bidir'], { parallel: 4, directions: ['up', 'down'] }],
    // An amount goes as fast as it can, unless a pace is given.
    [['-n', '10M'], { spacing: undefined, length: 131_072, amount: { bytes: 10_485_760 }, duration: undefined }],
    [['-k', '3', '-R'], { ...AMOUNT, spacing: undefined, length: 131_072, directions: ['down'] }],
    [['-k', '384', '-i', '1'], { ...AMOUNT }],
    [['-n', '384K', '-b', '8192'], { ...AMOUNT }],
    [
      ['-w', '64K', '-M', '1400', '-C', 'bbr', '-N', '-S', '16', '--fq-rate', '8M'],
      {
        sockets: {
          ...{ windowBytes: 65_536, mssBytes: 1400, congestion: 'bbr', noDelay: true, trafficClass: 16 },
          ...{ pacingBytesPerSecond: 1e6, dontFragment: false },
        },
      },
    ],
    [
      ['--max', '-O', '2', '--wait-busy', '--get-server-output', '-Z'],
      { ...MAX, omit: 2e9, waitBusy: 60e9, getServerOutput: true },
    ],
  ])('%p', (argv, expected) => {
    expect(run(...argv).options).toStrictEqual({ ...BY_DEFAULT, ...expected });
  });

  it.each([
    [['-i', '1', '-b', '1M'], /choose one of -i, -b/],
    [['--max', '-i', '1'], /choose one of -i, --max/],
    [['--max', '-b', '1M'], /choose one of -b, --max/],
    [['-b', '1M/1001'], /a burst is from 1 to 1000 messages/],
    [['-n', '19'], /^-n 19: must be 20 bytes or more; for a number of records write -k$/],
    [['-n', '1M', '-t', '5'], /choose one of -t, -n/],
    [['-R', '--bidir'], /choose -R or --bidir/],
    [['--username', 'anna'], /--username needs --rsa-public-key-path$/],
    [['--password-file', 'a'], /--password-file needs --username$/],
    [['-i', 'often'], /not a time/],
    [['-l', '19'], /--length 19: must be from 20 to 1048576 bytes/],
    [['-l', '1048577'], /must be from 20/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });
});
