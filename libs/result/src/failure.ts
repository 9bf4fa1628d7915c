import { type Result, SCHEMA_VERSION } from './result';

/** What can go wrong, by stable names: docs/result.md says what each means. */
export type ErrorCode =
  | 'address-in-use'
  | 'address-unavailable'
  | 'authentication'
  | 'busy'
  | 'connection-lost'
  | 'internal'
  | 'interrupted'
  | 'lookup-failed'
  | 'no-answer'
  | 'not-permitted'
  | 'not-supported'
  | 'out-of-resources'
  | 'output'
  | 'peer-figures'
  | 'protocol'
  | 'refused'
  | 'server-ended'
  | 'server-refused'
  | 'stopped'
  | 'timeout'
  | 'too-large'
  | 'unknown-host'
  | 'unreachable'
  | 'usage';

/** Why a run failed. */
export interface RunError {
  readonly code: ErrorCode;
  /** One line for people. */
  readonly message: string;
}

/** The codes of errors, the system's and our own, and what they are to a reader of the document. */
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  ENOTFOUND: 'unknown-host',
  ENODATA: 'unknown-host',
  EAI_AGAIN: 'lookup-failed',
  EAI_FAIL: 'lookup-failed',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENETDOWN: 'unreachable',
  ECONNRESET: 'connection-lost',
  EPIPE: 'connection-lost',
  EADDRINUSE: 'address-in-use',
  'tcp-port-in-use': 'address-in-use',
  EADDRNOTAVAIL: 'address-unavailable',
  EINVAL: 'address-unavailable',
  ENODEV: 'address-unavailable',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  ENOSYS: 'not-supported',
  EAFNOSUPPORT: 'not-supported',
  EMSGSIZE: 'too-large',
  EMFILE: 'out-of-resources',
  'too-many-addresses': 'out-of-resources',
  ENFILE: 'out-of-resources',
  ENOBUFS: 'out-of-resources',
  ENOMEM: 'out-of-resources',
  ERR_WORKER_INIT_FAILED: 'out-of-resources',
  ERR_WORKER_OUT_OF_MEMORY: 'out-of-resources',
  EINTR: 'interrupted',
  EPROTO: 'protocol',
  'not-stamp': 'protocol',
  EBUSY: 'busy',
  EAUTH: 'authentication',
  EREFUSED: 'server-refused',
  'kind-not-served': 'server-refused',
  ESHUTDOWN: 'server-ended',
  EOUTPUT: 'output',
  EUSAGE: 'usage',
};

/** The name of what an error's `code` stands for; `fallback` for one that is not in the list. */
export const errorCodeOf = (code: string | undefined, fallback: ErrorCode): ErrorCode =>
  BY_CODE[code ?? ''] ?? fallback;

/** What was thrown, as the document tells it. */
export function errorOf(thrown: unknown): RunError {
  const { code, message } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as Record<string, unknown>;
  const [line = ''] = String(message ?? thrown).split('\n');
  return { code: errorCodeOf(typeof code === 'string' ? code : undefined, 'internal'), message: line };
}

/** What is known of a run before it begins. */
export type RunFrame = Pick<Result, 'runner' | 'kind' | 'peer' | 'transport' | 'settings'>;

export const UNKNOWN_PEER: Result['peer'] = {
  host: undefined,
  address: undefined,
  port: undefined,
  protocol: undefined,
};

export const UNKNOWN_TRANSPORT: Result['transport'] = {
  kind: undefined,
  sendTimestamps: undefined,
  receiveTimestamps: undefined,
  note: undefined,
  offloads: undefined,
  receiveBufferBytes: undefined,
  clockSteps: undefined,
  userStamped: undefined,
};

export const UNKNOWN_SETTINGS: Result['settings'] = {
  lengthBytes: undefined,
  intervalNs: undefined,
  count: undefined,
  durationNs: undefined,
  timeoutNs: undefined,
  bitsPerSecond: undefined,
  direction: undefined,
  dscp: undefined,
  dontFragment: undefined,
  schedule: undefined,
};

/** The document of a run that measured nothing, since it failed. */
export function failedResult(frame: RunFrame, startedAt: string, durationNs: number, error: RunError): Result {
  return {
    schemaVersion: SCHEMA_VERSION,
    runner: frame.runner,
    kind: frame.kind,
    startedAt,
    durationNs,
    complete: false,
    reason: error.message,
    error,
    notices: [],
    peer: frame.peer,
    transport: frame.transport,
    settings: frame.settings,
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
    throughput: undefined,
    sendErrorNs: undefined,
    hostQueueingNs: undefined,
    hostStalls: undefined,
    icmp: [],
    pathMtu: undefined,
    streams: undefined,
    intervals: undefined,
  };
}
