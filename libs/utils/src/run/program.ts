import { type RunFrame, type Runner, UNKNOWN_PEER, UNKNOWN_SETTINGS, UNKNOWN_TRANSPORT } from '@pathgauge/result';

declare const PATHGAUGE_VERSION: string | undefined;

export const version = (): string => (typeof PATHGAUGE_VERSION === 'string' ? PATHGAUGE_VERSION : 'development');

/** What is known of a run whose command line was not understood. */
export const unknownFrame = (runner: Runner): RunFrame => ({
  runner,
  kind: undefined,
  peer: UNKNOWN_PEER,
  transport: UNKNOWN_TRANSPORT,
  settings: UNKNOWN_SETTINGS,
});
