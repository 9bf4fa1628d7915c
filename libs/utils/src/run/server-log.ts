import { fstatSync, writeSync } from 'node:fs';
import { problemText } from './failure';

/** A reader that is this far behind gets no more until it has read: a log must not eat the memory of its server. */
const MAX_UNREAD_BYTES = 1024 * 1024;
/** How long the end waits for a reader. */
const MAX_FLUSH_MS = 1_000;

interface ServerLogOptions {
  /** `message` as a line of the log; empty where the log holds documents alone. */
  lineOf(message: string): string;
  /** The log cannot be written, or can be written again: to be printed elsewhere. */
  onTrouble(message: string): void;
}

/**
 * What a server prints. It never waits for its reader: lines that cannot be written now are dropped, and their number is written as
 * soon as something can be written again.
 */
export class ServerLog {
  readonly #stream: NodeJS.WriteStream & { readonly fd: number };
  readonly #options: ServerLogOptions;
  /** Writes to the descriptor, not to the stream: a stream that has failed once writes nothing any more. */
  #direct: boolean;
  #lost = 0;
  #why = '';
  #isTorn = false;

  constructor(stream: NodeJS.WriteStream & { readonly fd: number }, options: ServerLogOptions) {
    this.#stream = stream;
    this.#options = options;
    this.#direct = !stream.isTTY && isWrittenAtOnce(stream.fd);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#direct = true;
      this.#why = problemText(error);
    });
    stream.on('drain', () => this.write(''));
  }

  /** `text` is whole lines. */
  write(text: string): void {
    if (text === '' && this.#lost === 0) return;
    const lost = `${this.#lost} lines of this log could not be written: ${this.#why}`;
    const before = this.#lost === 0 ? '' : this.#options.lineOf(lost);
    if (!this.#put(`${before}${text}`)) {
      if (this.#lost === 0) this.#options.onTrouble(`the log cannot be written: ${this.#why}; serving goes on`);
      this.#lost += text.split('\n').length - 1;
    } else if (this.#lost > 0) {
      this.#lost = 0;
      if (before === '') this.#options.onTrouble(lost);
    }
  }

  /** Resolves when all is written, or nobody reads. */
  flushed(): Promise<void> {
    if (this.#direct) return Promise.resolve();
    return new Promise((resolve) => {
      setTimeout(resolve, MAX_FLUSH_MS);
      this.#stream.write('', () => resolve());
    });
  }

  #put(text: string): boolean {
    if (this.#direct) return this.#putDirectly(text);
    if (this.#stream.writableLength >= MAX_UNREAD_BYTES) {
      this.#why = 'its reader does not read';
      return false;
    }
    this.#stream.write(text);
    return true;
  }

  #putDirectly(text: string): boolean {
    const bytes = Buffer.from(this.#isTorn ? `\n${text}` : text);
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#stream.fd, bytes, done);
    } catch (error) {
      this.#why = problemText(error as NodeJS.ErrnoException);
      this.#isTorn ||= done > 0;
      return false;
    }
    this.#isTorn = false;
    return true;
  }
}

/** A device that is no terminal is written to as a file is. */
function isWrittenAtOnce(fd: number): boolean {
  try {
    const kind = fstatSync(fd);
    return kind.isFile() || kind.isCharacterDevice();
  } catch {
    return false;
  }
}
