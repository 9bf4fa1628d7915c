import type { ErrorEvent, Result, ServerEvent, SessionEvent } from '@pathgauge/result';

// What is not known is null in JSON, and its key is there: a reader need not guess which fields exist.
const nullForUnknown = (_key: string, value: unknown): unknown => (value === undefined ? null : value);

/** The result document, for people and programs. Ends with a newline. */
export const resultJson = (result: Result): string => `${JSON.stringify(result, nullForUnknown, 2)}\n`;

/** The result document on one line. Ends with a newline. */
export const resultJsonLine = (result: Result): string => `${JSON.stringify(result, nullForUnknown)}\n`;

/** One event on one line. Ends with a newline. */
export const eventJsonLine = (event: SessionEvent | ServerEvent | ErrorEvent): string =>
  `${JSON.stringify(event, nullForUnknown)}\n`;
