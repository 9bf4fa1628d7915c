/** More than a key can take of a password. */
const MAX_CHARACTERS = 4096;
const ESCAPE = '\u001b';
const ERASE = new Set(['\u007f', '\b']);
/** Ctrl-U. */
const ERASE_ALL = '\u0015';
/** Ctrl-C. */
const INTERRUPT = '\u0003';
/** The last is Ctrl-D. */
const ENDS = new Set(['\r', '\n', '\u0004']);

/** A line as it is typed on a terminal that does nothing with it itself: no echo, no erasing, no signals. */
export class TypedLine {
  readonly #characters: string[] = [];

  get text(): string {
    return this.#characters.join('');
  }

  /** What has come of it with `typed`; undefined: it goes on. */
  take(typed: string): 'entered' | 'interrupted' | undefined {
    // A key without a character, such as an arrow.
    if (typed.startsWith(ESCAPE)) return undefined;
    for (const character of typed) {
      if (character === INTERRUPT) return 'interrupted';
      if (ENDS.has(character)) return 'entered';
      this.#type(character);
    }
    return undefined;
  }

  #type(character: string): void {
    if (ERASE.has(character)) this.#characters.pop();
    else if (character === ERASE_ALL) this.#characters.length = 0;
    else if (character >= ' ' && this.#characters.length < MAX_CHARACTERS) this.#characters.push(character);
  }
}
