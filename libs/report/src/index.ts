export type { FormatName } from './formats';
export { FILE_FORMATS, FORMAT_OPTIONS, FORMATS, formatOnScreen } from './formats';
export type { Reporter, ReportOptions, ServerReporter } from './reporter';
export { interimLine, totalsLines } from './text/interim-text';
export { linesText } from './text/lines';
export { accountText } from './text/load-account';
export { tooLargeText } from './text/path-text';
export { PLAIN, styleFor } from './text/style';
