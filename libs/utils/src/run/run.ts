import { eventJsonLine, resultJsonLine } from '@pathgauge/report';
import { NOT_ALL_SENT, peerText, type Result, type ServerEvent, type SessionEvent } from '@pathgauge/result';
import { type CommandSpec, parseCommandLine, type RawArguments } from '../args/command-line';
import type { OutputArguments } from '../args/common-options';
import { UsageError } from '../args/quantities';
import type { Screen } from '../text/live-screen';
import { tooLargeText } from '../text/path-text';
import { ServerText } from '../text/server-text';
import { styleFor } from '../text/style';
import { EXIT, exitCodeOf } from './exit-code';
import { openOutputs } from './outputs';

declare const PATHGAUGE_VERSION: string | undefined;

const INTERRUPTED_TWICE = 130;
// A wrapper may pass on the signal that the terminal sends as well: that is one press, not two.
const ONE_PRESS_MS = 500;

const screen: Screen = {
  write: (text) => void process.stdout.write(text),
  get isTerminal() {
    return process.stdout.isTTY === true;
  },
  get columns() {
    return process.stdout.columns || 80;
  },
};

/** A runner from its command line to its exit code: `run` gets the arguments and gives the code. */
export async function main<Name extends string>(
  spec: CommandSpec<Name>,
  run: (raw: RawArguments<Name>, signal: AbortSignal) => Promise<number>,
): Promise<void> {
  process.stdout.on('error', (error) => leaveUnheard(spec.program, error));
  process.stderr.on('error', () => process.exit(EXIT.failed));
  let code: number;
  try {
    const version = typeof PATHGAUGE_VERSION === 'string' ? PATHGAUGE_VERSION : 'development';
    const parsed = parseCommandLine(spec, process.argv.slice(2), version);
    if (parsed.kind === 'print') {
      process.stdout.write(`${parsed.text}\n`);
      code = EXIT.measured;
    } else {
      code = await run(parsed.raw, stopSignal());
    }
  } catch (error) {
    const usage = error instanceof UsageError || (error as Error).name === 'YError';
    const hint = usage ? ` (${spec.program} --help shows the options)` : '';
    process.stderr.write(`${spec.program}: ${oneLine(error)}${hint}\n`);
    code = usage ? EXIT.usage : EXIT.failed;
  }
  // Sockets of a peer that does not answer may linger; what was printed must be out before the end.
  process.stdout.write('', (error) => process.exit(error ? EXIT.failed : code));
}

/** Runs a client session and puts its events out as the command line asks. Resolves with the exit code. */
export async function runClient(session: AsyncIterable<SessionEvent>, args: OutputArguments): Promise<number> {
  const outputs = openOutputs(args, screen, styleFor(screen.isTerminal, process.env['NO_COLOR']));
  const onScreen = args.format === 'text' && !args.quiet;
  const notes: string[] = [];
  let code: number = EXIT.failed;
  try {
    for await (const event of session) {
      for (const output of outputs) output.take(event);
      if (event.type === 'notice') notes.push(event.message);
      if (event.type !== 'summary') continue;
      code = exitCodeOf(event.result);
      // One line: what the system said on the way tells more than that nothing came back.
      if (code !== EXIT.measured) {
        process.stderr.write(`${event.result.runner}: ${failureText(event.result)}\n`);
      } else if (!onScreen) {
        for (const note of notes) process.stderr.write(`note: ${note}\n`);
      }
    }
  } finally {
    for (const output of outputs) output.close();
  }
  return code;
}

/** Runs a server and prints what it does. Resolves with the exit code once it has stopped. */
export async function runServer(events: AsyncIterable<ServerEvent>, args: OutputArguments): Promise<number> {
  const text = new ServerText(styleFor(screen.isTerminal, process.env['NO_COLOR']), args.quiet);
  for await (const event of events) {
    if (args.format === 'json-stream') screen.write(eventJsonLine(event));
    else if (args.format === 'text')
      screen.write(
        text
          .lines(event)
          .map((line) => `${line}\n`)
          .join(''),
      );
    else if (event.type === 'client' && event.event.type === 'summary')
      screen.write(resultJsonLine(event.event.result));
    else if (event.type === 'listening' || event.type === 'notice') {
      // Standard output holds the documents alone.
      process.stderr.write(
        text
          .lines(event)
          .map((line) => `${line}\n`)
          .join(''),
      );
    }
  }
  return EXIT.measured;
}

/** Notices that tell what is measured, not why nothing was. */
const TELL_OF_ADDRESSES: ReadonlySet<string> = new Set(['address-left-aside', 'address-changed']);

function failureText(result: Result): string {
  const { reason, peer, icmp, notices, settings } = result;
  // That this host sent less than asked does not explain why nothing came back.
  if (reason !== undefined && reason !== NOT_ALL_SENT) return `incomplete: ${reason}`;
  // What was said most often explains it best.
  const [heard] = [...icmp].sort((a, b) => b.count - a.count);
  const told = notices.find(({ code }) => !TELL_OF_ADDRESSES.has(code))?.message;
  const tooLarge = settings.dontFragment ? tooLargeText(result)[0] : undefined;
  return heard?.text ?? told ?? tooLarge ?? `no reply from ${peerText(peer)}`;
}

/** Aborted by the first Ctrl-C or SIGTERM, which asks for an orderly end; the second ends the process at once. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > ONE_PRESS_MS) {
      process.exit(INTERRUPTED_TWICE);
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller.signal;
}

/** What cannot be written nobody reads: when the reader has gone there is nobody to tell, else it is said. */
function leaveUnheard(program: string, { code, message }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') process.stderr.write(`${program}: cannot write to standard output: ${message}\n`);
  process.exit(EXIT.failed);
}

const oneLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] as string;
