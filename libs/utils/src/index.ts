export type { RawArguments } from './args/command-line';
export { parseCommandLine } from './args/command-line';
export type { OutputArguments } from './args/common-options';
export {
  CLIENT_OPTIONS,
  dontFragmentArgument,
  dscpArgument,
  intervalArgument,
  lengthArgument,
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
export type { CommandSpec, OptionSpec } from './args/option-spec';
export { parseCount, parseRate, UsageError } from './args/quantities';
export { clientMain } from './run/client-main';
export { serverMain } from './run/server-main';
