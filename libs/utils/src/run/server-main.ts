import { eventJsonLine, resultJsonLine } from '@pathgauge/report';
import { failedResult, type Runner, type ServerEvent } from '@pathgauge/result';
import { parseCommandLine, type RawArguments } from '../args/command-line';
import { formatAskedFor, type OutputArguments, outputArguments } from '../args/common-options';
import type { CommandSpec } from '../args/option-spec';
import { totalsLines } from '../text/interim-text';
import { ServerText } from '../text/server-text';
import { styleFor } from '../text/style';
import { EXIT, errorLine, exitCodeOf } from './failure';
import { unknownFrame, version } from './program';
import { ServerLog } from './server-log';
import { listenForSignals, type UserSignals } from './signals';
import { wordedError, wordedServerEvent } from './wording';

type Format = OutputArguments['format'];

/** A server, from its command line to its exit code. `read` throws a `UsageError` for what cannot be meant. */
export async function serverMain<Name extends string>(
  spec: CommandSpec<Name>,
  read: (raw: RawArguments<Name>) => { begin(signals: UserSignals): AsyncIterable<ServerEvent> },
): Promise<void> {
  const argv = process.argv.slice(2);
  const runner = spec.program as Runner;
  const format = formatAskedFor(argv);
  const remarks = new ServerLog(process.stderr, { lineOf: (message) => `${message}\n`, onTrouble() {} });
  const log = new ServerLog(process.stdout, {
    lineOf: (message) => lostLine(format, message),
    onTrouble: (message) => remarks.write(`${runner}: ${message}\n`),
  });
  let code: number = EXIT.measured;
  try {
    const parsed = parseCommandLine(spec, argv, version());
    if (parsed.kind === 'print') log.write(`${parsed.text}\n`);
    else {
      const args = outputArguments(parsed.raw as RawArguments<string>, []);
      await tellAll(read(parsed.raw).begin(listenForSignals()), args, log, remarks);
    }
  } catch (error) {
    code = fail(runner, format, error, log, remarks);
  }
  await Promise.all([log.flushed(), remarks.flushed()]);
  process.exit(code);
}

const lostLine = (format: Format, message: string): string =>
  format === 'text'
    ? `${message}\n`
    : format === 'json'
      ? ''
      : eventJsonLine({ type: 'notice', code: 'log-lost', message });

/** Prints what a server does until it has stopped. */
async function tellAll(
  events: AsyncIterable<ServerEvent>,
  { format, quiet }: OutputArguments,
  log: ServerLog,
  remarks: ServerLog,
): Promise<void> {
  const isTerminal = process.stdout.isTTY === true;
  const text = new ServerText(styleFor(isTerminal, process.env['NO_COLOR']), quiet);
  const linesOf = (event: ServerEvent): string => textOf(text.lines(event));
  for await (const raw of events) {
    const event = wordedServerEvent(raw);
    if (event.type === 'totals') remarks.write(textOf(totalsLines(event.totals)));
    else if (format === 'json-stream') log.write(eventJsonLine(event));
    else if (format === 'text') log.write(linesOf(event));
    else if (event.type === 'client' && event.event.type === 'summary') log.write(resultJsonLine(event.event.result));
    // Standard output holds the documents alone.
    else if (event.type === 'listening' || event.type === 'notice') remarks.write(linesOf(event));
  }
}

const textOf = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');

/** The server cannot serve, or not any more. */
function fail(runner: Runner, format: Format, thrown: unknown, log: ServerLog, remarks: ServerLog): number {
  const error = wordedError(thrown);
  remarks.write(`${errorLine(runner, error)}\n`);
  if (format === 'json-stream') log.write(eventJsonLine({ type: 'error', ...error }));
  if (format === 'json') {
    log.write(
      resultJsonLine(failedResult({ ...unknownFrame(runner), kind: 'load' }, new Date().toISOString(), 0, error)),
    );
  }
  return exitCodeOf(error);
}
