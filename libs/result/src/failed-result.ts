import { SCHEMA_VERSION } from './constants';
import type { LoadResult } from './load-result';
import type { PingResult } from './ping-result';
import type { NoRunResult, Result } from './result';
import type { Runner } from './run';
import type { RunError } from './run-error';

/** What a run was asked to do. */
export type AskedRun = Pick<PingResult, 'kind' | 'settings'> | Pick<LoadResult, 'kind' | 'settings'>;

/** What is known of a run that may fail; nothing but the program when its command line has not been read. */
export type RunFrame = Pick<PingResult, Framed> | Pick<LoadResult, Framed> | Pick<NoRunResult, 'runner' | 'kind'>;

type Framed = 'runner' | 'kind' | 'peer' | 'transport' | 'settings';

const UNKNOWN_TRANSPORT = {
  kind: undefined,
  sendTimestamps: undefined,
  receiveTimestamps: undefined,
  note: undefined,
  receiveBufferBytes: undefined,
  clockSteps: undefined,
};

/** What is known of a run before it begins. */
export function frameOf(
  runner: Runner,
  asked: AskedRun,
  target: { readonly host: string; readonly port: number },
): RunFrame {
  const peer = { host: target.host, address: undefined, port: target.port, protocol: undefined };
  return asked.kind === 'ping'
    ? { runner, ...asked, peer, transport: { ...UNKNOWN_TRANSPORT, userStamped: undefined } }
    : { runner, ...asked, peer, transport: { ...UNKNOWN_TRANSPORT, offloads: undefined } };
}

/** The document of a run that measured nothing, since it failed. */
export function failedResult(frame: RunFrame, startedAt: string, durationNs: number, error: RunError): Result {
  const head = { startedAt, durationNs, complete: false, reason: error.message, error, notices: [] };
  const { runner } = frame;
  switch (frame.kind) {
    case 'ping': {
      const { kind, peer, transport, settings } = frame;
      return { schemaVersion: SCHEMA_VERSION, runner, kind, ...head, peer, transport, settings, ...NOTHING_OF_PROBES };
    }
    case 'load': {
      const { kind, peer, transport, settings } = frame;
      return { schemaVersion: SCHEMA_VERSION, runner, kind, ...head, peer, transport, settings, ...NOTHING_OF_LOAD };
    }
    case undefined:
      return { schemaVersion: SCHEMA_VERSION, runner, kind: undefined, ...head };
  }
}

const NOTHING_OF_PROBES = {
  probes: undefined,
  foreignReplies: undefined,
  marking: undefined,
  rtt: undefined,
  owd: undefined,
  queueing: undefined,
  jitter: undefined,
  ipdv: undefined,
  pdv: undefined,
  lossBursts: undefined,
  voice: undefined,
  sendErrorNs: undefined,
  hostQueueingNs: undefined,
  hostStalls: undefined,
  icmp: [],
  pathMtu: undefined,
};

const NOTHING_OF_LOAD = {
  throughput: undefined,
  datagrams: undefined,
  owd: undefined,
  queueing: undefined,
  jitter: undefined,
  pdv: undefined,
  lossBursts: undefined,
  sendErrorNs: undefined,
  hostStalls: undefined,
  icmp: [],
  pathMtu: undefined,
  congestion: undefined,
  cpu: undefined,
  serverOutput: undefined,
  streams: undefined,
  intervals: undefined,
};
