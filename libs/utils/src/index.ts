export type { RawArguments } from './args/command-line';
export { parseCommandLine } from './args/command-line';
export type { OutputArguments } from './args/common-options';
export {
  CLIENT_OPTIONS,
  metricArguments,
  outputArguments,
  SERVER_OPTIONS,
  serverArguments,
} from './args/common-options';
export { busyPollArgument, dontFragmentArgument, transportArgument } from './args/linux-options';
export { bitrateOf, hasAmount, loadArguments } from './args/load-options';
export { guardArguments, loginArguments } from './args/login-options';
export type { CommandSpec, OptionSpec } from './args/option-spec';
export {
  intervalArgument,
  lengthArgument,
  PACE_OPTIONS,
  positiveDuration,
  reportIntervalArgument,
} from './args/pace-options';
export { parseCount, UsageError } from './args/quantities';
export { socketArguments, TCP_SOCKET_OPTIONS, tcpSocketArguments, trafficClassArgument } from './args/socket-options';
export { targetArguments } from './args/target-options';
export { clientMain } from './run/client-main';
export { loggedIn } from './run/log-in';
export { serverMain } from './run/server-main';
export type { CommandLine } from './run/start-program';
export { startProgram } from './run/start-program';
export { warn } from './run/warn';
