import type { Format, ReportOptions } from './reporter';
import { linesText } from './text/lines';
import { ServerText } from './text/server-text';
import { SessionText } from './text/session-text';

/** For people. */
export const TEXT: Format = {
  option: undefined,
  isOfFiles: false,
  hasProbes: false,
  client({ style, quiet }: ReportOptions) {
    const text = new SessionText(style, quiet);
    return {
      event(event) {
        const { lines, live } = text.update(event);
        return { text: linesText(lines), live };
      },
      // The summary was an event as any other; of a run that did not begin there is nothing to show.
      end: () => '',
    };
  },
  server({ style, quiet }) {
    const text = new ServerText(style, quiet);
    return {
      event: (event) => ({ log: linesText(text.lines(event)), remark: '' }),
      failed: () => '',
    };
  },
};
