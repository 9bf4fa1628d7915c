import { resultJson, resultJsonLine } from './json';
import { type Format, NOTHING } from './reporter';
import { linesText } from './text/lines';
import { ServerText } from './text/server-text';

/** One document; of a server, the document of each load test on a line. */
export const JSON_DOCUMENT: Format = {
  option: 'json',
  isOfFiles: true,
  hasProbes: false,
  client: () => ({ event: () => NOTHING, end: resultJson }),
  server({ style, quiet }) {
    const text = new ServerText(style, quiet);
    return {
      event(event) {
        if (event.type === 'listening' || event.type === 'notice')
          return { log: '', remark: linesText(text.lines(event)) };
        const isDocument = event.type === 'client' && event.event.type === 'summary';
        return { log: isDocument ? resultJsonLine(event.event.result) : '', remark: '' };
      },
      failed: resultJsonLine,
    };
  },
};
