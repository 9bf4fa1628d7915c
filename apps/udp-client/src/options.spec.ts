import { PLAIN_SOCKETS } from '@pathgauge/session';
import { parseCommandLine, UsageError } from '@pathgauge/utils';
import { UDP_CLIENT, udpClientRun } from './options';

function run(...argv: string[]) {
  const parsed = parseCommandLine(UDP_CLIENT, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return udpClientRun(parsed.raw);
}

const METRICS = { throughput: true, jitter: true, oneWayDelay: true };

const PING = {
  host: '127.0.0.1',
  port: 65_432,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  dontFragment: false,
  schedule: { kind: 'even', burst: 1 },
  interval: 1e9,
  count: 10,
  duration: undefined,
  length: 64,
  timeout: 2e9,
  metrics: METRICS,
  roundTripEvents: true,
  probeEvents: false,
};

const LOAD = {
  protocol: 'udp',
  host: '127.0.0.1',
  port: 65_432,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  directions: ['up'],
  parallel: 1,
  length: 1400,
  spacing: undefined,
  burst: 1,
  amount: undefined,
  omit: 0,
  duration: 10e9,
  sockets: PLAIN_SOCKETS,
  reportInterval: 1e9,
  waitBusy: undefined,
  getServerOutput: false,
  authToken: undefined,
  metrics: METRICS,
};

describe('udp-client, probes', () => {
  it.each([
    [[], {}],
    [['192.0.2.7', '5000'], { host: '192.0.2.7', port: 5000 }],
    [['host', '-i', '20ms', '-c', '3'], { host: 'host', interval: 20e6, count: 3 }],
    [['-i', '0'], { interval: 0 }],
    // A time without a count has no count.
    [['-t', '5'], { count: undefined, duration: 5e9 }],
    [['-t', '5', '-c', '7'], { count: 7, duration: 5e9 }],
    [['-l', '44'], { length: 44 }],
    [['-l', '65507'], { length: 65_507 }],
    [['--timeout', '1ms'], { timeout: 1e6 }],
    [['--ttl', '1', '-6', '--bind', '::1'], { ttl: 1, family: 6, bind: '::1' }],
    [['--no-owd'], { metrics: { ...METRICS, oneWayDelay: false } }],
    [['-q'], { roundTripEvents: false, probeEvents: false }],
    [['--json-stream'], { roundTripEvents: false, probeEvents: true }],
    [['-q', '--json-stream'], { roundTripEvents: false, probeEvents: true }],
    [['-o', 'a.jsonl'], { roundTripEvents: true, probeEvents: true }],
    [['-q', '-o', 'a.jsonl'], { roundTripEvents: false, probeEvents: true }],
    [['-q', '-o', 'a.json'], { roundTripEvents: false, probeEvents: false }],
  ])('%p', (argv, expected) => {
    const { kind, options } = run(...argv);
    expect({ kind, options }).toStrictEqual({ kind: 'ping', options: { ...PING, ...expected } });
  });

  it.each([
    [['-c', '0'], /not a count/],
    [['-c', '1.5'], /not a count/],
    [['-l', '43'], /--length 43: must be from 44 to 65507 bytes/],
    [['-l', '65508'], /must be from 44 to 65507/],
    [['-l', '-1'], /must be from 44/],
    [['--timeout', '0'], /must be above 0/],
    [['--timeout', '0.5ms'], /1ms/],
    [['--timeout', '2h'], /1h/],
    [['--ttl', '0'], /--ttl 0: must be from 1 to 255/],
    [['--ttl', '256'], /--ttl 256/],
    [['--ttl', 'x'], /--ttl x/],
    [['-R'], /--reverse is for load tests: add -b or --max$/],
    [['-O', '1'], /--omit is for load tests/],
    [['-w', '1M'], /--window is for load tests/],
    [['--fq-rate', '1M'], /--fq-rate is for load tests/],
    [['--wait-busy'], /--wait-busy is for load tests/],
    [['--get-server-output'], /--get-server-output is for load tests/],
    [['--username', 'anna', '--rsa-public-key-path', 'a'], /--username is for load tests: add -b or --max$/],
    [['--rsa-public-key-path', 'a'], /--rsa-public-key-path is for load tests/],
    [['--password-file', 'a'], /--password-file is for load tests/],
    [['--use-pkcs1-padding'], /--use-pkcs1-padding is for load tests/],
    [['--max', '--username', 'anna'], /--username needs --rsa-public-key-path$/],
    [['-S', '185'], /--tos 185: the lower two bits of probes are 0; write --dscp$/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });
});

const AT_1M = { spacing: (11_200 / 1_048_576) * 1e9 };

describe('udp-client, load', () => {
  it.each([
    [['--max'], {}],
    // 1400 bytes are 11 200 bits: 112 us at 100 Mbit/s.
    [['-b', '100M'], { spacing: 112_000 }],
    [['-b', '1M', '-l', '125'], { spacing: 1e6, length: 125 }],
    [['--max', '-l', '16', '-t', '1', '-R'], { length: 16, duration: 1e9, directions: ['down'] }],
    [['--max', '--ttl', '7'], { ttl: 7 }],
    [['-b', '100M/10'], { spacing: 112_000, burst: 10 }],
    // What makes it a load by itself goes at iperf3's 1 048 576 bit/s: 11 200 bits each 10.681 ms.
    [['-P', '2'], { ...AT_1M, parallel: 2 }],
    [['--bidir'], { ...AT_1M, directions: ['up', 'down'] }],
    [['-n', '10M'], { ...AT_1M, amount: { bytes: 10_485_760 }, duration: undefined }],
    [['-k', '10', '-R'], { ...AT_1M, amount: { bytes: 14_000 }, duration: undefined, directions: ['down'] }],
    [['-k', '10', '--max', '-O', '1'], { amount: { bytes: 14_000 }, duration: undefined, omit: 1e9 }],
    [['--max', '-S', '0xb8'], { sockets: { ...PLAIN_SOCKETS, trafficClass: 184 } }],
    [['--max', '-w', '1M'], { sockets: { ...PLAIN_SOCKETS, windowBytes: 1_048_576 } }],
  ])('%p', (argv, expected) => {
    const { kind, options } = run(...argv);
    expect({ kind, options }).toStrictEqual({ kind: 'load', options: { ...LOAD, ...expected } });
  });

  it.each([
    [['-P', '4', '-c', '10'], /--count is for probes/],
    [['-n', '10'], /^-n 10: must be 16 bytes or more; for a number of probes write -c, of datagrams -k$/],
    [['--bidir', '-R', '--max'], /choose -R or --bidir/],
    [['-b', '1M', '--burst', '5'], /--burst is for probes, not for load tests; bursts of load are written -b 10M\/5$/],
    [['--max', '-i', '1'], /--interval is for probes/],
    [['--max', '-c', '1'], /--count is for probes/],
    [['-b', '1M', '--timeout', '1'], /--timeout is for probes/],
    [['--max', '-l', '15'], /must be from 16 to 65507/],
    [['--max', '-l', '65508'], /must be from 16 to 65507/],
    [['-b', 'fast'], /not a bit rate/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });
});

describe('--dscp', () => {
  it('leaves the datagrams of a load as long as they are', () => {
    expect(run('--dscp', '46', '--max').options).toMatchObject({ sockets: { trafficClass: 0xb8 }, length: 1400 });
  });

  it('makes the probe longer by what it takes to ask for it, unless a length is given', () => {
    // 44 bytes of STAMP, 20 of Follow-up Telemetry; 8 of Class of Service.
    expect(run().options.length).toBe(64);
    expect(run('--dscp', '0').options.length).toBe(72);
    expect(run('-S', '0xb8').options).toMatchObject({ dscp: 46, length: 72 });
    expect(run('--dscp', '46', '-l', '64').options.length).toBe(64);
  });
});

describe('--dont-fragment', () => {
  it.each([
    [[], false],
    [['--dont-fragment'], true],
    [['--dont-fragment', '--transport', 'linux'], true],
    [['-b', '1M'], false],
    [['-b', '1M', '--dont-fragment'], true],
    [['--max', '-R', '--dont-fragment'], true],
    // It is the server that sends then.
    [['--max', '-R', '--dont-fragment', '--transport', 'portable'], true],
  ])('%p', (argv, dontFragment) => {
    const { kind, options } = run(...argv);
    expect(kind === 'load' ? options.sockets.dontFragment : options.dontFragment).toBe(dontFragment);
  });

  it.each([[[]], [['-b', '1M']]])('%p is refused in one line where Node sends', (argv) => {
    const line = ['--dont-fragment', '--transport', 'portable', ...argv];
    expect(() => run(...line)).toThrow(UsageError);
    expect(() => run(...line)).toThrow('--dont-fragment needs the linux transport');
  });
});

describe('--busy-poll', () => {
  it('is for probes on the linux transport, where that is not ruled out', () => {
    expect(run()).toMatchObject({ spin: 'never', transport: 'auto' });
    expect(run('--busy-poll')).toMatchObject({ spin: 'busy', transport: 'auto' });
    expect(run('--busy-poll', '--transport', 'linux', '-i', '0')).toMatchObject({ spin: 'busy', transport: 'linux' });
    expect(run('--max').spin).toBe('never');
  });

  it.each([
    [['--busy-poll', '--max'], /--busy-poll is for probes, not for load tests/],
    [['--busy-poll', '-b', '1M'], /--busy-poll is for probes, not for load tests/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });
});

describe('--poisson and --burst', () => {
  it.each([
    [[], { kind: 'even', burst: 1 }],
    [['--poisson'], { kind: 'poisson', burst: 1 }],
    [['--poisson', '-i', '1ms'], { kind: 'poisson', burst: 1 }],
    [['--burst', '1'], { kind: 'burst', burst: 1 }],
    [['--burst', '5', '-i', '20ms'], { kind: 'burst', burst: 5 }],
    [['--burst', '1000'], { kind: 'burst', burst: 1000 }],
  ])('%p', (argv, schedule) => {
    expect(run(...argv).options).toMatchObject({ schedule });
  });

  it.each([
    [['--burst', '0'], /'0' is not a count/],
    [['--burst', '-1'], /not a count/],
    [['--burst', 'x'], /not a count/],
    [['--burst', '1001'], /--burst 1001: must be from 1 to 1000/],
    [['--burst', '2', '--poisson'], /choose --burst or --poisson/],
    [['--burst', '2', '-i', '0'], /--burst needs an interval above 0/],
    [['--poisson', '-i', '0'], /--poisson needs an interval above 0/],
    [['--burst', '2', '--max'], /--burst is for probes, not for load tests/],
    [['--burst', '2', '-b', '1M'], /--burst is for probes, not for load tests/],
    [['--poisson', '--max'], /--poisson is for probes, not for load tests/],
  ])('%p is refused in one line', (argv, words) => {
    expect(() => run(...argv)).toThrow(UsageError);
    expect(() => run(...argv)).toThrow(words);
  });
});
