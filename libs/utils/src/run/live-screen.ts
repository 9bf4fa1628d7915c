/** Where text goes: standard output, or a stand-in. */
export interface Screen {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

const ERASE_LINE = '\r\u001b[K';
const ERASE_LINE_ABOVE = '\u001b[1A\u001b[K';

/** Lines that stay, and on a terminal live lines below them, redrawn in place. */
export class LiveScreen {
  readonly #screen: Screen;
  #shown = 0;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** `text`: whole lines. */
  show(text: string, live: readonly string[]): void {
    if (!this.#screen.isTerminal) {
      if (text !== '') this.#screen.write(text);
      return;
    }
    if (text === '' && live.length === 0 && this.#shown === 0) return;
    const before = this.#shown === 0 ? '' : `${ERASE_LINE}${ERASE_LINE_ABOVE.repeat(this.#shown - 1)}`;
    this.#shown = live.length;
    // A live line that wraps could not be erased again.
    const fitting = live.map((line) => line.slice(0, Math.max(0, this.#screen.columns - 1)));
    this.#screen.write(`${before}${text}${fitting.join('\n')}`);
  }
}
