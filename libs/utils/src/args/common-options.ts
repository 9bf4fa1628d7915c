import { accountText, FILE_FORMATS, FORMAT_OPTIONS, type FormatName, formatOnScreen } from '@pathgauge/report';
import type { RawArguments } from './command-line';
import { DSCP_OPTION, TRANSPORT_OPTION } from './linux-options';
import { LOAD_OPTIONS } from './load-options';
import { GUARD_OPTIONS, LOGIN_OPTIONS } from './login-options';
import type { OptionSpec } from './option-spec';
import { REPORT_INTERVAL_OPTION, reportIntervalArgument } from './pace-options';
import { UsageError } from './quantities';
import { SOCKET_OPTIONS } from './socket-options';
import { LISTEN_OPTIONS, listenArguments, TARGET_OPTIONS } from './target-options';

const METRIC_OPTIONS = {
  'no-throughput': { kind: 'flag', describe: 'Leave throughput out' },
  'no-jitter': { kind: 'flag', describe: 'Leave jitter out' },
  'no-owd': { kind: 'flag', describe: 'Leave one-way delay out' },
} as const satisfies Record<string, OptionSpec>;

/** What every client understands. */
export const CLIENT_OPTIONS = {
  ...TARGET_OPTIONS,
  ...DSCP_OPTION,
  ...TRANSPORT_OPTION,
  ...SOCKET_OPTIONS,
  ...LOAD_OPTIONS,
  ...LOGIN_OPTIONS,
  ...REPORT_INTERVAL_OPTION,
  ...METRIC_OPTIONS,
  json: { kind: 'flag', describe: 'Print one JSON document and nothing else' },
  'json-stream': { kind: 'flag', describe: 'Print one JSON event a line' },
  out: { alias: 'o', kind: 'values', describe: 'Also write .json, .jsonl or json:FILE; repeatable' },
  quiet: { alias: 'q', kind: 'flag', describe: 'Print the summary only' },
} as const satisfies Record<string, OptionSpec>;

/** What every server understands. */
export const SERVER_OPTIONS = {
  ...LISTEN_OPTIONS,
  once: { kind: 'flag', describe: 'Stop after one load test' },
  ...TRANSPORT_OPTION,
  ...GUARD_OPTIONS,
  ...REPORT_INTERVAL_OPTION,
  ...METRIC_OPTIONS,
  json: { kind: 'flag', describe: 'Print a JSON document a line for each load test' },
  'json-stream': { kind: 'flag', describe: 'Print one JSON event a line' },
  quiet: { alias: 'q', kind: 'flag', describe: 'Print no lines while a test runs' },
} as const satisfies Record<string, OptionSpec>;

type OutputName = 'json' | 'json-stream' | 'quiet';

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

/** The names of standard output. A format that goes there replaces the text. */
const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']);

/** `outs`: what `--out` was given. */
export function outputArguments(raw: RawArguments<OutputName>, outs: readonly string[]): OutputArguments {
  const files = outs.map(outputFile);
  const onScreen = files.filter(({ path }) => STDOUT.has(path)).map(({ format }) => format);
  const format = formatOnScreen(
    (name, option) => onScreen.includes(name) || (option !== undefined && raw.flag(option)),
  );
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
  formatOnScreen((_, option) => option !== undefined && argv.includes(`--${option}`)) ?? 'text';

/** The name that a shell makes up for `>(jq ...)`. Most programs behind it read a document. */
const SHELL_PIPE = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/** Formats that are known by name, but cannot be written yet. */
const LATER_FORMATS = ['csv', 'html'];
/** Made when it is needed: what only prints its options loads no formats. */
const namedFormat = () => new RegExp(`^(${[...FILE_FORMATS, ...LATER_FORMATS].join('|')}):(.*)$`, 's');

/** `json:PATH` and `jsonl:PATH` name the format; else the ending does. */
function outputFile(text: string): OutputFile {
  const [, named, rest] = namedFormat().exec(text) ?? [];
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

export const metricArguments = (raw: RawArguments<'no-throughput' | 'no-jitter' | 'no-owd'>) => ({
  throughput: !raw.flag('no-throughput'),
  jitter: !raw.flag('no-jitter'),
  oneWayDelay: !raw.flag('no-owd'),
});

export const serverArguments = (raw: RawArguments<keyof typeof SERVER_OPTIONS>) => ({
  ...listenArguments(raw),
  metrics: metricArguments(raw),
  reportInterval: reportIntervalArgument(raw),
  once: raw.flag('once'),
  accountOf: accountText,
  refusalOfToken: undefined,
});
