import type { Result, SessionEvent } from '@pathgauge/result';
import { eventJsonLine } from './json';
import { type Format, NOTHING } from './reporter';

/** One event a line, and the document in the last of them. */
export const JSON_LINES: Format = {
  option: 'json-stream',
  isOfFiles: true,
  hasProbes: true,
  client: () => ({
    event: (event) => (isWritten(event) ? { text: eventJsonLine(event), live: [] } : NOTHING),
    end: (result) => `${errorLine(result)}${eventJsonLine({ type: 'summary', result })}`,
  }),
  server: () => ({
    event: (event) => ({ log: eventJsonLine(event), remark: '' }),
    failed: errorLine,
  }),
};

/** A round trip is told again, with all figures, as a probe; interim figures are for people; the summary comes at the end. */
const isWritten = ({ type }: SessionEvent): boolean =>
  type !== 'round-trip' && type !== 'interim' && type !== 'summary';

const errorLine = ({ error }: Result): string =>
  error === undefined ? '' : eventJsonLine({ type: 'error', ...error });
