import { interimLine, styleFor } from '@pathgauge/report';
import {
  type AskedRun,
  errorOf,
  failedResult,
  frameOf,
  type NoticeEvent,
  type Result,
  type RunError,
  type RunFrame,
  type Runner,
  type SessionEvent,
} from '@pathgauge/result';
import type { RawArguments } from '../args/command-line';
import { formatAskedFor, type OutputArguments, outputArguments } from '../args/common-options';
import { EXIT, errorLine, exitCodeOf, failureOf, OutputError, withError } from './failure';
import type { Screen } from './live-screen';
import { type Output, openOutput, refuseTwice, type ScreenOutput, screenOutput } from './outputs';
import { listenForSignals, type UserSignals } from './signals';
import type { CommandLine } from './start-program';
import { wordedError, wordedEvent } from './wording';

const screen: Screen = {
  write: (text) => void process.stdout.write(text),
  get isTerminal() {
    return process.stdout.isTTY === true;
  },
  get columns() {
    return process.stdout.columns || 80;
  },
};

const reportOptions = (quiet: boolean) => ({ style: styleFor(screen.isTerminal, process.env['NO_COLOR']), quiet });
const printError = (line: string): void => void process.stderr.write(`${line}\n`);

/** What a client's command line asks for. */
interface ClientCommand {
  readonly asked: AskedRun;
  readonly target: { readonly host: string; readonly port: number };
  begin(signals: UserSignals): AsyncIterable<SessionEvent>;
}

/** A client, from its command line to its exit code. `read` throws a `UsageError` for what cannot be meant. */
export async function clientMain<Name extends string>(
  runner: Runner,
  { argv, raw }: CommandLine<Name>,
  read: (raw: RawArguments<Name>) => ClientCommand,
): Promise<void> {
  const run = new ClientRun(runner, argv);
  let code: number;
  try {
    const understood = raw();
    code = await run.run(understood as RawArguments<string>, () => read(understood));
  } catch (error) {
    code = await run.fail(error);
  }
  // Sockets of a peer that does not answer may linger; what was printed must be out before the end.
  process.stdout.write('', (error) => process.exit(error ? run.codeIfUnread(code) : code));
}

/** One run of a client, with its screen and its files. */
class ClientRun {
  readonly #startedAt = new Date();
  readonly #begunAt = performance.now();
  readonly #notices: NoticeEvent[] = [];
  readonly #files: Output[] = [];
  #frame: RunFrame;
  #screen: ScreenOutput;
  #isReadByPeople = false;
  #screenFailure: NodeJS.ErrnoException | undefined;

  constructor(runner: Runner, argv: readonly string[]) {
    this.#frame = { runner, kind: undefined };
    // Until the command line is understood, as much of it as shows whether a program reads this.
    this.#screen = screenOutput(formatAskedFor(argv), screen, reportOptions(false));
    process.stdout.on('error', (error) => this.#onScreenLost(error));
    // There is nowhere left to print to.
    process.stderr.on('error', () => {});
  }

  /** Runs to the end. Resolves with the exit code; rejects when it cannot begin. */
  async run(raw: RawArguments<string>, read: () => ClientCommand): Promise<number> {
    const args = outputArguments(raw, raw.texts('out'));
    const signals = listenForSignals();
    const command = attempt(() => {
      refuseTwice(args);
      return read();
    });
    if (command.ok) this.#expect(command.value, args);
    const opened = await this.#open(args, signals.end);
    if (!command.ok) throw command.error;
    if (opened !== undefined) throw opened;
    return this.#measure(command.value, signals);
  }

  /** The run has failed: the screen and the files get the error. Resolves with the exit code. */
  async fail(thrown: unknown): Promise<number> {
    const error = wordedError(thrown);
    this.#screen.clear();
    printError(errorLine(this.#frame.runner, error));
    const durationNs = Math.round((performance.now() - this.#begunAt) * 1e6);
    return this.#finish(failedResult(this.#frame, this.#startedAt.toISOString(), durationNs, error), error);
  }

  /** The exit code when not all that stands on the screen was taken. */
  codeIfUnread(code: number): number {
    return this.#files.length > 0 && this.#screenFailure?.code === 'EPIPE' ? code : EXIT.failed;
  }

  #expect({ asked, target }: ClientCommand, { format, quiet }: OutputArguments): void {
    this.#frame = frameOf(this.#frame.runner, asked, target);
    this.#isReadByPeople = format === 'text' && !quiet;
    this.#screen = screenOutput(format, screen, reportOptions(quiet));
  }

  /** Opens every file; what became of the first that cannot be. */
  async #open({ files }: OutputArguments, signal: AbortSignal): Promise<unknown> {
    let failure: unknown;
    for (const file of files) {
      await openOutput(file, signal).then(
        (output) => this.#files.push(output),
        (error) => {
          failure ??= error;
        },
      );
    }
    return failure;
  }

  async #measure(command: ClientCommand, signals: UserSignals): Promise<number> {
    let result: Result | undefined;
    for await (const raw of command.begin(signals)) {
      const event = wordedEvent(raw);
      if (event.type === 'interim') {
        this.#screen.clear();
        printError(interimLine(event));
        continue;
      }
      if (event.type === 'start') this.#frame = event;
      if (event.type === 'notice') this.#notices.push(event);
      if (event.type === 'summary') result = event.result;
      for (const output of [this.#screen, ...this.#files]) output.take(event);
    }
    if (result === undefined) throw new Error('the run ended without a word');
    const error = failureOf(result);
    this.#printEnd(result, error);
    return this.#finish(result, error);
  }

  #printEnd({ runner, reason }: Result, error: RunError | undefined): void {
    if (error !== undefined) {
      printError(`${runner}: ${error.message === reason ? 'incomplete: ' : ''}${error.message}`);
    } else if (!this.#isReadByPeople) {
      for (const { message } of this.#notices) printError(`note: ${message}`);
    }
  }

  /** The files first: who reads the screen may have gone. */
  async #finish(result: Result, failure: RunError | undefined): Promise<number> {
    let error = failure;
    for (const file of this.#files) {
      await file.finish(withError(result, failure)).catch((unwritten: Error) => {
        printError(`${result.runner}: ${unwritten.message}`);
        error ??= errorOf(unwritten);
      });
    }
    await this.#screen.finish(withError(result, error));
    if (this.#screenFailure !== undefined && this.#screenFailure.code !== 'EPIPE') return EXIT.failed;
    return exitCodeOf(error);
  }

  /** Without a screen the run goes on only for its files. */
  #onScreenLost(error: NodeJS.ErrnoException): void {
    // On a full disk each line fails anew.
    if (this.#screenFailure !== undefined) return;
    this.#screenFailure = error;
    // A reader that has gone wanted no more.
    if (error.code !== 'EPIPE')
      printError(`${this.#frame.runner}: ${new OutputError('standard output', error).message}`);
    if (this.#files.length === 0) process.exit(EXIT.failed);
  }
}

type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };

function attempt<T>(act: () => T): Attempt<T> {
  try {
    return { ok: true, value: act() };
  } catch (error) {
    return { ok: false, error };
  }
}
