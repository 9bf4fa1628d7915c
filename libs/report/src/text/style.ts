/** Emphasis for a terminal; on anything else, and under NO_COLOR, the words alone. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  strong(text: string): string;
}

const plain = (text: string): string => text;
const painted =
  (code: number) =>
  (text: string): string =>
    `\u001b[${code}m${text}\u001b[0m`;

export const PLAIN: Style = { good: plain, bad: plain, strong: plain };
const COLOURED: Style = { good: painted(32), bad: painted(31), strong: painted(1) };

/** https://no-color.org: any value but the empty one switches colour off. */
export const styleFor = (isTerminal: boolean, noColor: string | undefined): Style =>
  isTerminal && (noColor === undefined || noColor === '') ? COLOURED : PLAIN;
