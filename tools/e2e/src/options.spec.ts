import { type CommandSpec, parseCommandLine, type RawArguments, UsageError } from '@pathgauge/utils';
import { TCP_CLIENT, tcpClientRun } from '../../../apps/tcp-client/src/options';
import { TCP_SERVER, tcpServerRun } from '../../../apps/tcp-server/src/options';
import { UDP_CLIENT, udpClientRun } from '../../../apps/udp-client/src/options';
import { UDP_SERVER, udpServerRun } from '../../../apps/udp-server/src/options';
import type { Runner } from './harness';

// What the command lines of the four runners have in common. What one alone has is tested beside its options.

interface App {
  readonly spec: CommandSpec<string>;
  /** What `--help` prints. */
  readonly help: string;
  run(argv: readonly string[]): { readonly transport: string; readonly options: object };
}

function app<Name extends string>(
  spec: CommandSpec<Name>,
  read: (raw: RawArguments<Name>) => ReturnType<App['run']>,
): App {
  const help = parseCommandLine(spec, ['--help'], '1');
  return {
    spec,
    help: help.kind === 'print' ? help.text : '',
    run(argv) {
      const parsed = parseCommandLine(spec, argv, '1');
      if (parsed.kind !== 'run') throw new Error('nothing to run');
      return read(parsed.raw);
    },
  };
}

const APPS: Readonly<Record<Runner, App>> = {
  'tcp-client': app(TCP_CLIENT, tcpClientRun),
  'udp-client': app(UDP_CLIENT, udpClientRun),
  'tcp-server': app(TCP_SERVER, tcpServerRun),
  'udp-server': app(UDP_SERVER, udpServerRun),
};
const ALL = Object.keys(APPS) as Runner[];
const CLIENTS: readonly Runner[] = ['tcp-client', 'udp-client'];
const SERVERS: readonly Runner[] = ['tcp-server', 'udp-server'];

const run = (runner: Runner, argv: readonly string[]) => APPS[runner].run(argv);
/** Each of `rows`, which are a command line and what is expected of it, at each of `runners`. */
const each = <Expected>(runners: readonly Runner[], rows: readonly (readonly [readonly string[], Expected])[]) =>
  runners.flatMap((runner) => rows.map(([argv, expected]) => [runner, argv, expected] as const));

/** Every option: alias and kind; then at which runners, with the default in the words of `--help` or `yes` where it has none. */
const OPTIONS: readonly (readonly [string, string, string, Partial<Record<Runner, string>>])[] = [
  ...options(
    ALL,
    'transport - value auto',
    'report-interval - value 1s',
    'no-throughput - flag',
    'no-jitter - flag',
    'no-owd - flag',
    'json - flag',
    'json-stream - flag',
    'quiet q flag',
  ),
  ...options(
    CLIENTS,
    'address a value 127.0.0.1',
    'port p value 65432',
    'ipv4 4 flag',
    'ipv6 6 flag',
    'bind - value',
    'dscp - value',
    'reverse R flag',
    'bidir - flag',
    'parallel P value 1',
    'omit O value',
    'bytes n value',
    'blocks k value',
    'wait-busy - value',
    'get-server-output - flag',
    'zerocopy Z flag',
    'tos S value',
    'window w value',
    'fq-rate - value',
    'username - value',
    'rsa-public-key-path - value',
    'password-file - value',
    'use-pkcs1-padding - flag',
    'out o values',
    'interval i value 1s',
    'max - flag',
  ),
  ...options(
    ['tcp-client'],
    'length l value 1024; 128K with --max',
    'time t value 10s',
    'bitrate b value',
    'mss M value',
    'congestion C value',
    'no-delay N flag',
  ),
  ...options(
    ['udp-client'],
    'length l value 64; 1400 of load',
    'time t value 10s of load',
    'bitrate b value 1M with -P, --bidir, -n, -k',
    'count c value 10',
    'timeout - value 2s',
    'poisson - flag',
    'burst - value 1',
    'ttl - value',
    'dont-fragment - flag',
  ),
  ...options(
    SERVERS,
    'address a value all',
    'port p value 65432',
    'once - flag',
    'rsa-private-key-path - value',
    'authorized-users-path - value',
    'time-skew-threshold - value 10s',
    'use-pkcs1-padding - flag',
  ),
  ...options(['udp-client', 'udp-server'], 'busy-poll - flag'),
  ...options(['udp-server'], 'echo - flag'),
];

describe.each(ALL)('%s', (runner) => {
  const { spec, help } = APPS[runner];
  const squeezed = help.replace(/\s/g, '');

  it('has the options of the table and no others', () => {
    const expected = OPTIONS.filter(([, , , defaults]) => defaults[runner] !== undefined);
    const found = Object.entries(spec.options).map(([name, { alias, kind, default: shown }]) =>
      [name, alias ?? '-', kind, shown ?? 'yes'].join(' '),
    );
    expect(found.sort()).toEqual(
      expected.map(([name, alias, kind, defaults]) => [name, alias, kind, defaults[runner]].join(' ')).sort(),
    );
  });

  it('has help that fits a terminal', () => {
    expect(help.split('\n').filter((line) => line.length > 80)).toStrictEqual([]);
    expect(spec.summary.length).toBeLessThan(80);
  });

  it('shows each option with its letter, its meaning and its default', () => {
    for (const [name, { alias, describe, kind, default: shown }] of Object.entries(spec.options)) {
      const letter = alias === undefined ? '' : `-${alias},`;
      const behind = kind === 'flag' ? '[boolean]' : shown === undefined ? '' : `[default:${shown}]`;
      expect(squeezed).toContain(`${letter}--${name}${describe}${behind}`.replace(/\s/g, ''));
    }
  });

  it('gives examples of itself', () => {
    expect(spec.examples.length).toBeGreaterThan(1);
    for (const [command] of spec.examples) {
      const [name, ...argv] = command.split(' ');
      expect(name).toBe(runner);
      expect(() => run(runner, argv)).not.toThrow();
    }
  });
});

describe('is understood:', () => {
  const METRICS = { throughput: true, jitter: true, oneWayDelay: true };

  it.each([
    ...each<object>(ALL, [
      [[], { transport: 'auto' }],
      [['--transport', 'auto'], { transport: 'auto' }],
      [['--transport', 'portable'], { transport: 'portable' }],
      [['--transport=linux'], { transport: 'linux' }],
      [[], { options: { port: 65_432, metrics: METRICS } }],
      [['--no-throughput'], { options: { metrics: { ...METRICS, throughput: false } } }],
      [['--no-jitter', '--no-owd'], { options: { metrics: { throughput: true, jitter: false, oneWayDelay: false } } }],
    ]),
    ...each<object>(CLIENTS, [
      [[], { options: { host: '127.0.0.1', family: undefined, bind: undefined, ttl: undefined } }],
      [['host', '5000'], { options: { host: 'host', port: 5000 } }],
      [['--a', '::1', '--p', '1', '-6'], { options: { host: '::1', port: 1, family: 6 } }],
      [['--max', '--dscp', '46', '--transport', 'linux'], { options: { sockets: { trafficClass: 184 } } }],
      [['--max', '--dscp', '0'], { options: { sockets: { trafficClass: 0 } } }],
      [['--max', '-S', '0xb8'], { options: { sockets: { trafficClass: 184 } } }],
      [['--max', '-P', '8', '--bidir'], { options: { parallel: 8, directions: ['up', 'down'] } }],
      [['-n', '1M'], { options: { amount: { bytes: 1_048_576 }, duration: undefined } }],
      [['-b', '10M/5'], { options: { burst: 5 } }],
      [['--dscp', '63', '--max'], { options: { sockets: { trafficClass: 252 } } }],
      [['--max'], { options: { spacing: undefined, duration: 10e9, directions: ['up'], reportInterval: 1e9 } }],
      [['--max', '-t', '1m', '-R'], { options: { duration: 60e9, directions: ['down'] } }],
      [['--max', '--report-interval', '100ms'], { options: { reportInterval: 1e8 } }],
    ]),
    ...each<object>(SERVERS, [
      [[], { options: { address: undefined, reportInterval: 1e9, once: false } }],
      [['5000'], { options: { port: 5000 } }],
      [['0'], { options: { port: 0 } }],
      [['--p', '862', '--a', '::1'], { options: { port: 862, address: '::1' } }],
      [['--once'], { options: { once: true } }],
      [['--report-interval', '0.5'], { options: { reportInterval: 5e8 } }],
    ]),
  ])('%s %j', (runner, argv, expected) => {
    expect(run(runner, argv)).toMatchObject(expected);
  });
});

describe('is refused in one line:', () => {
  const TRANSPORTS = /--transport .*: choose one of auto, portable, linux/;
  const DSCP = /must be from 0 to 63/;

  it.each([
    ...each(ALL, [
      [['--transport', 'macos'], TRANSPORTS],
      [['--transport', 'Linux'], TRANSPORTS],
      [['--transport', ''], TRANSPORTS],
      [['--transport', 'lin'], TRANSPORTS],
      [['-p', '-1'], /not a port/],
      [['-p', '1', '-p', '2'], /more than once/],
      [['1', '2', '3'], /one argument too many/],
    ]),
    ...each(CLIENTS, [
      [['host', '65536'], /not a port/],
      [['host', 'abc'], /not a port/],
      [['host', '0'], /not a port/],
      [['host', '-a', 'other'], /two hosts/],
      [['-4', '-6'], /-4 or -6/],
      [['-i', '-1'], /--interval -1: must not be negative/],
      [['-t', '0'], /--time 0: must be above 0/],
      [['--max', '-t', '-5s'], /must be above 0/],
      [['--max', '-t', '25h'], /24h/],
      [['--max', '-b', '1M'], /choose.* -b(,| or) --max/],
      [['-b', '0'], /not a bit rate/],
      [['-P', '200'], /iperf3's limit/],
      [['--max', '-P', '0'], /not a count/],
      [['--max', '-R', '--bidir'], /choose -R or --bidir/],
      [['-n', '1M', '-k', '5'], /choose one of -n, -k/],
      [['-b', '1M/1001'], /a burst is from 1 to 1000/],
      [['-l', 'big'], /not a size/],
      [['--max', '--report-interval', '0'], /must be above 0/],
      [['--dscp', '64'], /--dscp 64: must be from 0 to 63/],
      [['--dscp', '-1'], /--dscp -1: must be from 0 to 63/],
      [['--dscp', 'EFF'], /--dscp EFF: must be from 0 to 63/],
      [['--dscp', '1.5'], DSCP],
      [['--dscp', '0x10'], DSCP],
      [['--dscp', ''], DSCP],
      [['--dscp', '46', '--transport', 'portable'], /--dscp needs the linux transport/],
    ]),
    ...each(SERVERS, [
      [['65536'], /not a port/],
      [['abc'], /not a port/],
      [['1', '-p', '2'], /two ports/],
      [['1', '2'], /one argument too many/],
      [['--report-interval', '0'], /must be above 0/],
    ]),
    ...each(
      ['udp-client', 'udp-server'],
      [[['--busy-poll', '--transport', 'portable'], /--busy-poll needs the linux/]],
    ),
  ])('%s %j', (runner, argv, words) => {
    expect(() => run(runner, argv)).toThrow(UsageError);
    expect(() => run(runner, argv)).toThrow(words);
  });
});

/** `name alias kind default`, of the same at all `runners`; `-`: no alias. */
function options(runners: readonly Runner[], ...rows: readonly string[]) {
  return rows.map((row) => {
    const [name = '', alias = '', kind = '', ...shown] = row.split(' ');
    const text = shown.length === 0 ? 'yes' : shown.join(' ');
    return [name, alias, kind, Object.fromEntries(runners.map((runner) => [runner, text]))] as const;
  });
}
