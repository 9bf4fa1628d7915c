import type { LinuxSetting } from './settings';

/** What the environment refused: one clear line in `message`, a stable `code`, the system's own error as `cause`. */
export class TransportError extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'TransportError';
    this.code = code;
  }
}

/** What each system error means to a user, and what to do about it. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the name could not be looked up; is there a name server?',
  EAI_FAIL: 'the name could not be looked up',
  ENODATA: 'the name has no address of the wanted kind',
  ECONNREFUSED: 'connection refused; is a server running there?',
  ECONNRESET: 'the connection was reset by the peer',
  EPIPE: 'the connection was closed by the peer',
  ETIMEDOUT: 'no answer; is the address right, and the port open in the firewall?',
  EHOSTUNREACH: 'host unreachable',
  EHOSTDOWN: 'host is down',
  ENETUNREACH: 'network unreachable',
  ENETDOWN: 'network is down',
  EADDRINUSE: 'the port is already in use',
  EADDRNOTAVAIL: 'the address is not one of this host',
  EACCES: 'permission denied',
  EPERM: 'not permitted; does a local firewall drop it?',
  EMSGSIZE: 'the datagram is too large for the path',
  ENOBUFS: 'the system has no buffers left',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files on this host',
  EAFNOSUPPORT: 'this host does not support that address family',
  EINVAL: 'the address cannot be used here',
};

/** `failure` in words: what was being done, where, and what went wrong. */
export function transportError(doing: string, failure: unknown): TransportError {
  if (failure instanceof TransportError) return failure;
  const code = codeOf(failure) ?? 'UNKNOWN';
  const detail = EXPLANATIONS[code] ?? messageOf(failure);
  return new TransportError(code, `${doing}: ${detail}`, failure);
}

/** The same of what was to be sent, or to be connected: what is not permitted there is so by a route, or on the way. */
export const sendError = (doing: string, failure: unknown): TransportError =>
  codeOf(failure) === 'EACCES' && !(failure instanceof TransportError)
    ? new TransportError('EACCES', `${doing}: administratively prohibited, by a route or a firewall`, failure)
    : transportError(doing, failure);

/** What ICMP may tell of a datagram: the system reports it with whatever is done next at the socket. */
export const ICMP_CODES: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'ENONET',
  'EPROTO',
  'EMSGSIZE',
  'ENOPROTOOPT',
  'EOPNOTSUPP',
  'ENETUNREACH',
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
]);

export function codeOf(failure: unknown): string | undefined {
  if (typeof failure !== 'object' || failure === null || !('code' in failure)) return undefined;
  return typeof failure.code === 'string' ? failure.code : undefined;
}

/** Also of errors that are no instance of this realm's Error. */
const messageOf = (failure: unknown): string =>
  typeof failure === 'object' && failure !== null && 'message' in failure ? String(failure.message) : String(failure);

/** A setting that takes system calls, which Node does not make. `note`: why the linux transport cannot be had, if it was wanted. */
export class NeedsLinuxError extends TransportError {
  readonly setting: LinuxSetting;

  constructor(setting: LinuxSetting, note: string | undefined) {
    const why = note === undefined ? '' : `, which does not work here: ${note}`;
    super('ENOSYS', `${setting} needs the linux transport${why}`);
    this.setting = setting;
  }
}
