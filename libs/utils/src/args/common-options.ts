import { isIP } from 'node:net';
import { FILE_FORMATS, FORMAT_OPTIONS, type FormatName, formatOnScreen } from '@pathgauge/report';
import { milliseconds, type Span, seconds } from '@pathgauge/units';
import type { OptionSpec, RawArguments } from './command-line';
import { parseDscp } from './dscp';
import { parseHostPort } from './host-port';
import { parseDuration, parsePort, parseSize, UsageError } from './quantities';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 65_432;
const DEFAULT_REPORT_INTERVAL = '1s';
const MIN_REPORT = milliseconds(10);
const MAX_REPORT = seconds(3600);
const DEFAULT_LOAD_TIME = seconds(10);
const MAX_LOAD = seconds(86_400);

const METRIC_OPTIONS = {
  'no-throughput': { kind: 'flag', describe: 'Leave throughput out' },
  'no-jitter': { kind: 'flag', describe: 'Leave jitter out' },
  'no-owd': { kind: 'flag', describe: 'Leave one-way delay out' },
} as const satisfies Record<string, OptionSpec>;

const REPORT_INTERVAL_OPTION = {
  'report-interval': {
    kind: 'value',
    describe: 'Time between lines while a load test runs',
    default: DEFAULT_REPORT_INTERVAL,
  },
} as const satisfies Record<string, OptionSpec>;

const TRANSPORT_OPTION = {
  transport: { kind: 'value', describe: 'auto, portable or linux: who talks to the network', default: 'auto' },
} as const satisfies Record<string, OptionSpec>;

/** What every client understands. */
export const CLIENT_OPTIONS = {
  address: { alias: 'a', kind: 'value', describe: 'Server: host name, IPv4 or IPv6', default: DEFAULT_HOST },
  port: { alias: 'p', kind: 'value', describe: "Server's port", default: String(DEFAULT_PORT) },
  ipv4: { alias: '4', kind: 'flag', describe: 'Use IPv4 only' },
  ipv6: { alias: '6', kind: 'flag', describe: 'Use IPv6 only' },
  bind: { kind: 'value', describe: 'Own address to send from' },
  dscp: { kind: 'value', describe: 'Mark what is sent: EF, AF41, 0 to 63 (linux)' },
  ...TRANSPORT_OPTION,
  reverse: { alias: 'R', kind: 'flag', describe: 'Load: the server sends, the client receives' },
  ...REPORT_INTERVAL_OPTION,
  ...METRIC_OPTIONS,
  json: { kind: 'flag', describe: 'Print one JSON document and nothing else' },
  'json-stream': { kind: 'flag', describe: 'Print one JSON event a line' },
  out: { alias: 'o', kind: 'values', describe: 'Also write a .json or .jsonl, or json:FILE; repeatable' },
  quiet: { alias: 'q', kind: 'flag', describe: 'Print the summary only' },
} as const satisfies Record<string, OptionSpec>;

/** What every server understands. */
export const SERVER_OPTIONS = {
  address: { alias: 'a', kind: 'value', describe: 'Own address to listen on', default: 'all' },
  port: { alias: 'p', kind: 'value', describe: 'Port; 0: the system picks one', default: String(DEFAULT_PORT) },
  once: { kind: 'flag', describe: 'Stop after one load test' },
  ...TRANSPORT_OPTION,
  ...REPORT_INTERVAL_OPTION,
  ...METRIC_OPTIONS,
  json: { kind: 'flag', describe: 'Print a JSON document a line for each load test' },
  'json-stream': { kind: 'flag', describe: 'Print one JSON event a line' },
  quiet: { alias: 'q', kind: 'flag', describe: 'Print no lines while a test runs' },
} as const satisfies Record<string, OptionSpec>;

export type OutputName = 'json' | 'json-stream' | 'quiet';

/** A file that results go to. */
export interface OutputFile {
  readonly format: FormatName;
  readonly path: string;
}

/** How results are to be put out. */
export interface OutputArguments {
  readonly format: FormatName;
  readonly quiet: boolean;
  readonly files: readonly OutputFile[];
}

/** Standard output by its names: what goes there takes the place of the text. */
const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']);

/** `outs`: what `--out` was given. */
export function outputArguments(raw: RawArguments<OutputName>, outs: readonly string[]): OutputArguments {
  const files = outs.map(outputFile);
  const onScreen = files.filter(({ path }) => STDOUT.has(path)).map(({ format }) => format);
  const format = formatOnScreen((name, option) => onScreen.includes(name) || raw.flag(option));
  if (format === undefined)
    throw new UsageError(`choose ${FORMAT_OPTIONS.map((option) => `--${option}`).join(' or ')}`);
  return {
    format,
    quiet: raw.flag('quiet'),
    files: files.filter(({ path }) => !STDOUT.has(path)),
  };
}

/** What a command line that cannot be read to its end still says of who reads standard output. */
export const formatAskedFor = (argv: readonly string[]): FormatName =>
  formatOnScreen((_, option) => argv.includes(`--${option}`)) ?? 'text';

/** What a shell writes for `>(jq ...)`: nobody chose that name, and most programs behind it read a document. */
const SHELL_PIPE = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/** Formats that are known by name, but cannot be written yet. */
const LATER_FORMATS = ['csv', 'html'];
const NAMED_FORMAT = new RegExp(`^(${[...FILE_FORMATS, ...LATER_FORMATS].join('|')}):(.*)$`, 's');

/** `json:PATH` and `jsonl:PATH` name the format; else the ending does. */
function outputFile(text: string): OutputFile {
  const [, named, rest] = NAMED_FORMAT.exec(text) ?? [];
  const path = rest ?? text;
  const name = named ?? (SHELL_PIPE.test(path) ? 'json' : /\.([a-z]+)$/.exec(path)?.[1]);
  if (path === '') throw new UsageError(`--out ${text}: the name is missing`);
  const format = FILE_FORMATS.find((each) => each === name);
  if (format !== undefined) return { format, path };
  throw new UsageError(
    named === undefined
      ? `--out ${text}: the ending decides the format, ${FILE_FORMATS.map((each) => `.${each}`).join(' or ')}; or name it: json:${text}`
      : `--out ${text}: ${named} cannot be written yet; use ${FILE_FORMATS.join(' or ')}`,
  );
}

export interface Target {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6 | undefined;
  readonly bind: string | undefined;
}

/** Whom to measure: by position or by option, not both. */
export function targetArguments(raw: RawArguments<'address' | 'port' | 'ipv4' | 'ipv6' | 'bind'>): Target {
  const [positional, port] = raw.positionals;
  const address = raw.text('address');
  if (positional !== undefined && address !== undefined) {
    throw new UsageError(`two hosts: ${positional} and ${address}`);
  }
  const { host, port: withHost } = parseHostPort(positional ?? address ?? DEFAULT_HOST);
  const ipv4 = raw.flag('ipv4');
  const ipv6 = raw.flag('ipv6');
  if (ipv4 && ipv6) throw new UsageError('choose -4 or -6');
  const bind = raw.text('bind');
  if (bind !== undefined && isIP(bind) === 0) throw new UsageError(`--bind ${bind}: not an IP address`);
  return {
    host,
    port: portArgument([withHost, port, raw.text('port')], 1),
    family: ipv4 ? 4 : ipv6 ? 6 : undefined,
    bind,
  };
}

/** Where to listen. */
export function listenArguments(raw: RawArguments<'address' | 'port'>): { address: string | undefined; port: number } {
  const [port] = raw.positionals;
  if (port !== undefined && /[.:]/.test(port)) {
    throw new UsageError(`'${port}' is not a port; for the own address write -a ${port}`);
  }
  const address = raw.text('address');
  const { host, port: withHost } = address === undefined ? NO_HOST : parseHostPort(address);
  return { address: host, port: portArgument([withHost, port, raw.text('port')], 0) };
}

const NO_HOST = { host: undefined, port: undefined };

/** A port that may be written in several places, though not differently. */
function portArgument(written: readonly (string | undefined)[], smallest: 0 | 1): number {
  const [first = String(DEFAULT_PORT), ...others] = written.filter((text) => text !== undefined);
  const other = others.find((text) => text !== first);
  if (other !== undefined) throw new UsageError(`two ports: ${first} and ${other}`);
  return parsePort(first, smallest);
}

const TRANSPORTS = ['auto', 'portable', 'linux'] as const;

/** Who is to talk to the network. */
export function transportArgument(raw: RawArguments<'transport'>): (typeof TRANSPORTS)[number] {
  const text = raw.text('transport') ?? 'auto';
  const choice = TRANSPORTS.find((name) => name === text);
  if (choice === undefined) throw new UsageError(`--transport ${text}: choose one of ${TRANSPORTS.join(', ')}`);
  return choice;
}

/** Whether datagrams must not be cut into fragments. Only the linux transport can see to that, at the end that sends. */
export function dontFragmentArgument(raw: RawArguments<'dont-fragment' | 'transport' | 'reverse'>): boolean {
  const isAsked = raw.flag('dont-fragment');
  if (isAsked && !raw.flag('reverse') && transportArgument(raw) === 'portable') {
    throw new UsageError('--dont-fragment needs the linux transport');
  }
  return isAsked;
}

/** What to mark with; undefined: nothing of its own. Only the linux transport can. */
export function dscpArgument(raw: RawArguments<'dscp' | 'transport'>): number | undefined {
  const text = raw.text('dscp');
  if (text === undefined) return undefined;
  const dscp = parseDscp(text);
  if (transportArgument(raw) === 'portable') throw new UsageError('--dscp needs the linux transport');
  return dscp;
}

export const metricArguments = (raw: RawArguments<'no-throughput' | 'no-jitter' | 'no-owd'>) => ({
  throughput: !raw.flag('no-throughput'),
  jitter: !raw.flag('no-jitter'),
  oneWayDelay: !raw.flag('no-owd'),
});

/** A time that must be above 0. */
export function positiveDuration(name: string, text: string): Span {
  const value = parseDuration(text);
  if (value <= 0) throw new UsageError(`--${name} ${text}: must be above 0`);
  return value;
}

export const reportIntervalArgument = (raw: RawArguments<'report-interval'>): Span => {
  const text = raw.text('report-interval') ?? DEFAULT_REPORT_INTERVAL;
  const value = positiveDuration('report-interval', text);
  if (value < MIN_REPORT || value > MAX_REPORT) {
    throw new UsageError(`--report-interval ${text}: must be from 10ms to 1h`);
  }
  return value;
};

/** How long a load test is to last. iperf3 servers allow a day. */
export function loadTimeArgument(text: string | undefined): Span {
  if (text === undefined) return DEFAULT_LOAD_TIME;
  const value = positiveDuration('time', text);
  if (value > MAX_LOAD) throw new UsageError(`--time ${text}: a load test may last 24h at the most`);
  return value;
}

/** Time between messages or probes; 0 has a meaning of its own in each client. */
export function intervalArgument(raw: RawArguments<'interval'>, byDefault: Span): Span {
  const text = raw.text('interval');
  if (text === undefined) return byDefault;
  const interval = parseDuration(text);
  if (interval < 0) throw new UsageError(`--interval ${text}: must not be negative`);
  return interval;
}

/** Bytes of a message, within what its kind allows. */
export function lengthArgument(
  raw: RawArguments<'length'>,
  byDefault: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  const text = raw.text('length');
  if (text === undefined) return byDefault;
  const length = parseSize(text);
  if (length < min || length > max) throw new UsageError(`--length ${text}: must be from ${min} to ${max} bytes`);
  return length;
}

/** What every server is told. */
export const serverArguments = (raw: RawArguments<keyof typeof SERVER_OPTIONS>) => ({
  ...listenArguments(raw),
  metrics: metricArguments(raw),
  reportInterval: reportIntervalArgument(raw),
  once: raw.flag('once'),
});
