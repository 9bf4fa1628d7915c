export type { CommandSpec, OptionSpec, Parsed, RawArguments } from './args/command-line';
export { parseCommandLine } from './args/command-line';
export type { OutputArguments, OutputName, Target } from './args/common-options';
export {
  CLIENT_OPTIONS,
  dontFragmentArgument,
  dscpArgument,
  intervalArgument,
  lengthArgument,
  listenArguments,
  loadTimeArgument,
  metricArguments,
  outputArguments,
  positiveDuration,
  reportIntervalArgument,
  SERVER_OPTIONS,
  serverArguments,
  targetArguments,
  transportArgument,
} from './args/common-options';
export { parseCount, parseDuration, parsePort, parseRate, parseSize, UsageError } from './args/quantities';
export { type ClientCommand, clientMain } from './run/client-main';
export { EXIT } from './run/failure';
export { serverMain } from './run/server-main';
export { PLAIN, type Style, styleFor } from './text/style';
