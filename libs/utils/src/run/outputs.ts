import { fstatSync, openSync, statSync } from 'node:fs';
import { eventJsonLine, resultJson } from '@pathgauge/report';
import type { Result, SessionEvent } from '@pathgauge/result';
import type { OutputArguments, OutputFile } from '../args/common-options';
import { UsageError } from '../args/quantities';
import { LiveScreen, type Screen } from './live-screen';
import { SessionText } from '../text/session-text';
import type { Style } from '../text/style';
import { OutputError } from './failure';
import { followed, openFile } from './output-file';
import { DescriptorSink, openPipe } from './output-pipe';

/** A consumer of a session's events. */
export interface Output {
  /** Never throws: what goes wrong is told in the end. */
  take(event: SessionEvent): void;
  /** The run is over, and this is its document. Rejects with an `OutputError` when not all of it could be written. */
  finish(result: Result): Promise<void>;
}

/** Where an output's text goes. `write` and `close` may throw; nothing is called after that, nor after `close`. */
export interface Sink {
  write(text: string): void;
  close(): Promise<void>;
  /** Nothing more is coming, and what came is of no use. */
  discard(): void;
}

/** What stands on the screen; what becomes of standard output is dealt with elsewhere. */
export interface ScreenOutput extends Output {
  /** Takes away what the next event would replace. */
  clear(): void;
}

export function screenOutput(
  format: OutputArguments['format'],
  screen: Screen,
  style: Style,
  quiet = false,
): ScreenOutput {
  if (format === 'text') return textOutput(new LiveScreen(screen), new SessionText(style, quiet));
  const write = (text: string): void => screen.write(text);
  const sink: Sink = { write, close: async () => {}, discard() {} };
  const output = new JsonOutput(format === 'json' ? 'json' : 'jsonl', 'standard output', sink);
  return { take: (event) => output.take(event), finish: (result) => output.finish(result), clear() {} };
}

const textOutput = (live: LiveScreen, text: SessionText): ScreenOutput => ({
  take(event) {
    const update = text.update(event);
    live.show(update.lines, update.live);
  },
  clear: () => live.show([], []),
  // The summary was an event as any other; of a run that did not begin there is nothing to show.
  async finish() {},
});

/** Opens what `--out` names, at once: a long test must not end at a wrong path. Rejects with an `OutputError`. */
export async function openOutput({ format, path }: OutputFile, signal: AbortSignal): Promise<Output> {
  try {
    return new JsonOutput(format, path, await openSink(path, signal));
  } catch (error) {
    throw new OutputError(path, error);
  }
}

/** Throws a `UsageError` when two outputs would be one file. */
export function refuseTwice({ files }: OutputArguments): void {
  const targets = new Set<string>();
  for (const { path } of files) {
    const target = targetOf(path);
    if (targets.has(target) && !target.startsWith('/dev/')) throw new UsageError(`--out ${path} is given twice`);
    targets.add(target);
  }
}

function targetOf(path: string): string {
  try {
    return followed(path);
  } catch {
    return path;
  }
}

/** What this process has open already; the system's names for it are links that lead nowhere. */
const DESCRIPTOR = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/;
const STDERR = 2;

async function openSink(path: string, signal: AbortSignal): Promise<Sink> {
  const [, number] = path === '/dev/stderr' ? [path, STDERR] : (DESCRIPTOR.exec(path) ?? []);
  if (number !== undefined) {
    return fstatSync(Number(number)).isFIFO() ? openPipe(path, signal) : new DescriptorSink(Number(number), false);
  }
  const target = followed(path);
  const found = statSync(target, { throwIfNoEntry: false });
  if (found?.isFIFO()) return openPipe(target, signal);
  if (found === undefined || found.isFile()) return openFile(target);
  return new DescriptorSink(openSync(target, 'a'), true);
}

/** The document, or the events with the document as the last. */
class JsonOutput implements Output {
  readonly #format: OutputFile['format'];
  readonly #name: string;
  readonly #sink: Sink;
  #failure: unknown;

  /** `name`: what the output is called where it cannot be written. */
  constructor(format: OutputFile['format'], name: string, sink: Sink) {
    this.#format = format;
    this.#name = name;
    this.#sink = sink;
  }

  take(event: SessionEvent): void {
    // A round trip alone is for people who watch: its probe is told with all figures. The summary comes with `finish`.
    if (this.#format === 'json' || event.type === 'round-trip' || event.type === 'summary') return;
    this.#write(eventJsonLine(event));
  }

  async finish(result: Result): Promise<void> {
    if (this.#format === 'json') this.#write(resultJson(result));
    else {
      if (result.error !== undefined) this.#write(eventJsonLine({ type: 'error', ...result.error }));
      this.#write(eventJsonLine({ type: 'summary', result }));
    }
    if (this.#failure === undefined) await this.#sink.close().catch((error) => this.#fail(error));
    if (this.#failure !== undefined) throw new OutputError(this.#name, this.#failure);
  }

  #write(text: string): void {
    if (this.#failure !== undefined) return;
    try {
      this.#sink.write(text);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure = error;
    this.#sink.discard();
  }
}
