import type { RawArguments } from './command-line';
import { DSCP_OPTION, TRANSPORT_OPTION } from './linux-options';
import type { OptionSpec } from './option-spec';
import { REPORT_INTERVAL_OPTION, reportIntervalArgument } from './pace-options';
import { UsageError } from './quantities';
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
  ...LISTEN_OPTIONS,
  once: { kind: 'flag', describe: 'Stop after one load test' },
  ...TRANSPORT_OPTION,
  ...REPORT_INTERVAL_OPTION,
  ...METRIC_OPTIONS,
  json: { kind: 'flag', describe: 'Print a JSON document a line for each load test' },
  'json-stream': { kind: 'flag', describe: 'Print one JSON event a line' },
  quiet: { alias: 'q', kind: 'flag', describe: 'Print no lines while a test runs' },
} as const satisfies Record<string, OptionSpec>;

type OutputName = 'json' | 'json-stream' | 'quiet';

/** A file that results go to. */
export interface OutputFile {
  readonly format: 'json' | 'jsonl';
  readonly path: string;
}

/** How results are to be put out. */
export interface OutputArguments {
  readonly format: 'text' | 'json' | 'json-stream';
  readonly quiet: boolean;
  readonly files: readonly OutputFile[];
}

/** The names of standard output. A format that goes there replaces the text. */
const STDOUT: ReadonlySet<string> = new Set(['-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']);

/** `outs`: what `--out` was given. */
export function outputArguments(raw: RawArguments<OutputName>, outs: readonly string[]): OutputArguments {
  const files = outs.map(outputFile);
  const onScreen = files.filter(({ path }) => STDOUT.has(path)).map(({ format }) => format);
  const json = raw.flag('json') || onScreen.includes('json');
  const stream = raw.flag('json-stream') || onScreen.includes('jsonl');
  if (json && stream) throw new UsageError('choose --json or --json-stream');
  return {
    format: json ? 'json' : stream ? 'json-stream' : 'text',
    quiet: raw.flag('quiet'),
    files: files.filter(({ path }) => !STDOUT.has(path)),
  };
}

/** The format of standard output, of a command line that may have errors elsewhere. */
export function formatAskedFor(argv: readonly string[]): OutputArguments['format'] {
  const json = argv.includes('--json');
  const stream = argv.includes('--json-stream');
  return json === stream ? 'text' : json ? 'json' : 'json-stream';
}

/** The name that a shell makes up for `>(jq ...)`. Most programs behind it read a document. */
const SHELL_PIPE = /^\/(?:dev|proc\/self)\/fd\/\d+$/;

/** `json:PATH` and `jsonl:PATH` name the format; else the ending does. */
function outputFile(text: string): OutputFile {
  const [, named, rest] = /^(json|jsonl|csv|html):(.*)$/s.exec(text) ?? [];
  const path = rest ?? text;
  const format = named ?? (SHELL_PIPE.test(path) ? 'json' : /\.([a-z]+)$/.exec(path)?.[1]);
  if (path === '') throw new UsageError(`--out ${text}: the name is missing`);
  if (format === 'json' || format === 'jsonl') return { format, path };
  throw new UsageError(
    named === undefined
      ? `--out ${text}: the ending decides the format, .json or .jsonl; or name it: json:${text}`
      : `--out ${text}: ${named} cannot be written yet; use json or jsonl`,
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
});
