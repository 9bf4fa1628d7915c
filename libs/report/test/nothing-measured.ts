import {
  failedResult,
  type LoadResult,
  type LoadStartEvent,
  type PingResult,
  type PingStartEvent,
} from '@pathgauge/result';

// Runs that came to their end, of which nothing is known but what was asked for.

const ASKED_OF = { lengthBytes: 64, durationNs: undefined, dscp: undefined };

const TRANSPORT = {
  kind: 'portable',
  sendTimestamps: 'user',
  receiveTimestamps: 'user',
  note: undefined,
  receiveBufferBytes: undefined,
  clockSteps: undefined,
} as const;

export const PING_START: PingStartEvent = {
  type: 'start',
  runner: 'udp-client',
  kind: 'ping',
  peer: { host: 'host', address: '192.0.2.7', port: 5, protocol: 'stamp' },
  transport: { ...TRANSPORT, userStamped: undefined },
  settings: {
    ...ASKED_OF,
    intervalNs: 20e6,
    count: 10,
    timeoutNs: 2e9,
    dontFragment: false,
    schedule: undefined,
  },
};

export const LOAD_START: LoadStartEvent = {
  type: 'start',
  runner: 'tcp-client',
  kind: 'load',
  peer: { host: 'host', address: '192.0.2.7', port: 5, protocol: 'pathgauge' },
  transport: { ...TRANSPORT, offloads: [] },
  settings: {
    ...ASKED_OF,
    lengthBytes: 131_072,
    durationNs: 10e9,
    protocol: 'tcp',
    direction: 'up',
    parallel: 1,
    intervalNs: undefined,
    bitsPerSecond: undefined,
    burst: 1,
    bytes: undefined,
    omitNs: 0,
    dontFragment: undefined,
    windowBytes: undefined,
    mssBytes: undefined,
    congestion: undefined,
    noDelay: false,
    trafficClass: undefined,
    pacingBitsPerSecond: undefined,
  },
};

const nothingOf = (start: PingStartEvent | LoadStartEvent) => ({
  ...failedResult(start, '2024-01-01T00:00:00.000Z', 1e9, { code: 'internal', message: '' }),
  complete: true,
  reason: undefined,
  error: undefined,
});

export const NOTHING_PROBED = nothingOf(PING_START) as PingResult;
export const NOTHING_LOADED = nothingOf(LOAD_START) as LoadResult;
