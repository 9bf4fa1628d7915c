/** Where text goes: standard output, or a stand-in. */
export interface Screen {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

const ERASE_LINE = '\r\u001b[K';

/** Lines that stay, and on a terminal one live line below them, redrawn in place. */
export class LiveScreen {
  readonly #screen: Screen;
  #live = '';

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  show(lines: readonly string[], live: string | undefined): void {
    if (!this.#screen.isTerminal) {
      if (lines.length > 0) this.#screen.write(`${lines.join('\n')}\n`);
      return;
    }
    const before = this.#live === '' ? '' : ERASE_LINE;
    // A live line that wraps could not be erased again.
    this.#live = (live ?? '').slice(0, Math.max(0, this.#screen.columns - 1));
    this.#screen.write(`${before}${lines.map((line) => `${line}\n`).join('')}${this.#live}`);
  }
}
