import type { ErrorEvent, Result, ServerEvent, SessionEvent } from '@pathgauge/result';

// What is not known is null in JSON, and its key is there: a reader need not guess which fields exist.
const nullForUnknown = (_key: string, value: unknown): unknown => (value === undefined ? null : value);

/** JSON escapes few of what a terminal obeys: not the control characters behind ASCII, nor those that turn the direction of writing. */
const CONTROL = /[\x7f-\x9f\p{Cf}\u2028\u2029]/gu;

/** A document may be read on a terminal, and what a peer has said is in it. Every reader of JSON finds the same text. */
const textOf = (value: unknown, indent?: number): string =>
  `${JSON.stringify(value, nullForUnknown, indent).replaceAll(CONTROL, escaped)}\n`;

const escaped = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');

/** The result document, for people and programs. Ends with a newline. */
export const resultJson = (result: Result): string => textOf(result, 2);

/** The result document on one line. Ends with a newline. */
export const resultJsonLine = (result: Result): string => textOf(result);

/** One event on one line. Ends with a newline. */
export const eventJsonLine = (event: SessionEvent | ServerEvent | ErrorEvent): string => textOf(event);
