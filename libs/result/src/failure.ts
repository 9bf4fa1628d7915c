import type { ErrorCode, RunError } from './run-error';

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
  'setting-refused': 'server-refused',
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
