import { FORMATS, type FormatName, linesText, type ServerReporter, styleFor, totalsLines } from '@pathgauge/report';
import { failedResult, type Runner, type ServerEvent } from '@pathgauge/result';
import type { RawArguments } from '../args/command-line';
import { formatAskedFor, outputArguments } from '../args/common-options';
import { EXIT, errorLine, exitCodeOf } from './failure';
import { ServerLog } from './server-log';
import { listenForSignals, type UserSignals } from './signals';
import type { CommandLine } from './start-program';
import { wordedError, wordedServerEvent } from './wording';

/** A server, from its command line to its exit code. `read` throws a `UsageError` for what cannot be meant. */
export async function serverMain<Name extends string>(
  runner: Runner,
  { argv, raw }: CommandLine<Name>,
  read: (raw: RawArguments<Name>) => { begin(signals: UserSignals): AsyncIterable<ServerEvent> },
): Promise<void> {
  const reporterOf = (format: FormatName, quiet: boolean) =>
    FORMATS[format].server({ style: styleFor(process.stdout.isTTY === true, process.env['NO_COLOR']), quiet });
  // Until the command line is understood, as much of it as shows whether a program reads this.
  let reporter = reporterOf(formatAskedFor(argv), false);
  const remarks = new ServerLog(process.stderr, { lineOf: (message) => `${message}\n`, onTrouble() {} });
  const log = new ServerLog(process.stdout, {
    lineOf: (message) => reporter.event({ type: 'notice', code: 'log-lost', message }).log,
    onTrouble: (message) => remarks.write(`${runner}: ${message}\n`),
  });
  let code: number = EXIT.measured;
  try {
    const understood = raw();
    const { format, quiet } = outputArguments(understood as RawArguments<string>, []);
    reporter = reporterOf(format, quiet);
    await report(read(understood).begin(listenForSignals()), reporter, log, remarks);
  } catch (error) {
    code = fail(runner, error, reporter, log, remarks);
  }
  await Promise.all([log.flushed(), remarks.flushed()]);
  process.exit(code);
}

/** Prints what a server does until it has stopped. */
async function report(
  events: AsyncIterable<ServerEvent>,
  reporter: ServerReporter,
  log: ServerLog,
  remarks: ServerLog,
): Promise<void> {
  for await (const raw of events) {
    const event = wordedServerEvent(raw);
    if (event.type === 'totals') {
      remarks.write(linesText(totalsLines(event.totals)));
      continue;
    }
    const update = reporter.event(event);
    write(log, update.log);
    write(remarks, update.remark);
  }
}

/** Writing nothing would look as if the log could be written again. */
function write(log: ServerLog, text: string): void {
  if (text !== '') log.write(text);
}

/** The server cannot serve, or not any more. */
function fail(runner: Runner, thrown: unknown, reporter: ServerReporter, log: ServerLog, remarks: ServerLog): number {
  const error = wordedError(thrown);
  remarks.write(`${errorLine(runner, error)}\n`);
  write(log, reporter.failed(failedResult({ runner, kind: undefined }, new Date().toISOString(), 0, error)));
  return exitCodeOf(error);
}
