import { TypedLine } from './typed-line';

/** What is asked of a terminal: standard input, or a stand-in. */
export interface Terminal extends NodeJS.EventEmitter {
  readonly isTTY?: boolean;
  setRawMode?(isRaw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** The user has ended the run instead of typing. */
class NothingTyped extends Error {
  readonly code = 'EINTR';
}

/**
 * What the user types behind `question`, which nobody sees. Rejects when there is an end instead: Ctrl-C, the terminal's own, or
 * that of `signal`.
 */
export function askSecretly(
  question: string,
  terminal: Terminal,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const line = new TypedLine();
    const finish = (settle: () => void): void => {
      terminal.off('data', take).off('end', stop).off('error', stop);
      signal.removeEventListener('abort', stop);
      terminal.pause();
      terminal.setRawMode?.(false);
      write('\n');
      settle();
    };
    const stop = (): void => finish(() => reject(new NothingTyped('interrupted before the password was typed')));
    const take = (typed: string): void => {
      const end = line.take(typed);
      if (end === 'interrupted') stop();
      if (end === 'entered') finish(() => resolve(line.text));
    };
    // First of all, so that nothing that is typed from now on can be seen.
    terminal.setRawMode?.(true);
    terminal.setEncoding('utf8');
    terminal.on('data', take).on('end', stop).on('error', stop);
    signal.addEventListener('abort', stop);
    write(question);
    terminal.resume();
    if (signal.aborted) stop();
  });
}
