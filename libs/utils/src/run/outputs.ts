import { fstatSync, openSync, statSync } from 'node:fs';
import { FORMATS, type FormatName, PLAIN, type Reporter, type ReportOptions } from '@pathgauge/report';
import type { Result, SessionEvent } from '@pathgauge/result';
import type { OutputArguments, OutputFile } from '../args/common-options';
import { UsageError } from '../args/quantities';
import { OutputError } from './failure';
import { LiveScreen, type Screen } from './live-screen';
import { followed, openFile } from './output-file';
import { DescriptorSink, openPipe } from './output-pipe';
import type { Sink } from './sink';

/** A consumer of a session's events. */
export interface Output {
  /** Never throws: what goes wrong is told in the end. */
  take(event: SessionEvent): void;
  /** The run is over, and this is its document. Rejects with an `OutputError` when not all of it could be written. */
  finish(result: Result): Promise<void>;
}

/** What stands on the screen; what becomes of standard output is dealt with elsewhere. */
export interface ScreenOutput extends Output {
  /** Takes away what the next event would replace. */
  clear(): void;
}

export function screenOutput(format: FormatName, screen: Screen, options: ReportOptions): ScreenOutput {
  const live = new LiveScreen(screen);
  const reporter = FORMATS[format].client(options);
  return {
    take(event) {
      const update = reporter.event(event);
      live.show(update.text, update.live);
    },
    clear: () => live.show('', []),
    finish: async (result) => live.show(reporter.end(result), []),
  };
}

/** Opens what `--out` names, at once: a long test must not end at a wrong path. Rejects with an `OutputError`. */
export async function openOutput({ format, path }: OutputFile, signal: AbortSignal): Promise<Output> {
  try {
    return new SinkOutput(FORMATS[format].client(IN_FILES), path, await openSink(path, signal));
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

/** A file has everything, and no colours. */
const IN_FILES: ReportOptions = { style: PLAIN, quiet: false };

/** What a reporter makes of a run, in a file or pipe. */
class SinkOutput implements Output {
  readonly #reporter: Reporter;
  readonly #name: string;
  readonly #sink: Sink;
  #failure: unknown;

  /** `name`: what the output is called where it cannot be written. */
  constructor(reporter: Reporter, name: string, sink: Sink) {
    this.#reporter = reporter;
    this.#name = name;
    this.#sink = sink;
  }

  take(event: SessionEvent): void {
    this.#write(this.#reporter.event(event).text);
  }

  async finish(result: Result): Promise<void> {
    this.#write(this.#reporter.end(result));
    if (this.#failure === undefined) await this.#sink.close().catch((error) => this.#fail(error));
    if (this.#failure !== undefined) throw new OutputError(this.#name, this.#failure);
  }

  #write(text: string): void {
    if (this.#failure !== undefined || text === '') return;
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
