import { tooLargeText } from '@pathgauge/report';
import {
  errorCodeOf,
  INTERRUPTED,
  NOT_ALL_SENT,
  type Notice,
  peerText,
  type Result,
  type RunError,
  type RunResult,
} from '@pathgauge/result';

export const EXIT = { measured: 0, failed: 1, usage: 2 } as const;

export const exitCodeOf = (error: RunError | undefined): number =>
  error === undefined ? EXIT.measured : error.code === 'usage' ? EXIT.usage : EXIT.failed;

/** What went wrong, as a person reads it. */
export const errorLine = (program: string, { code, message }: RunError): string =>
  `${program}: ${message}${code === 'usage' ? ` (${program} --help shows the options)` : ''}`;

/** What cannot be written, and why: one line. */
export class OutputError extends Error {
  readonly code = 'EOUTPUT';

  constructor(path: string, cause: unknown) {
    super(`cannot write ${path}: ${problemText(cause as NodeJS.ErrnoException)}`);
  }
}

/** Why something cannot be written. */
export const problemText = ({ code, message }: NodeJS.ErrnoException): string => PROBLEMS[code ?? ''] ?? message;

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  ENOTDIR: 'no such directory',
  EBADF: 'nothing of that number is open for writing',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than the limit for files (ulimit -f)',
  ENXIO: 'nobody reads it',
  EPIPE: 'its reader has gone',
  EAGAIN: 'its reader does not read',
  EIO: 'its terminal has gone',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** Notices that say which address is measured. They do not explain why nothing came back. */
const ABOUT_ADDRESSES: ReadonlySet<string> = new Set(['address-left-aside', 'address-changed']);

/**
 * Why a run has failed: somebody else than its user or this host cut it short, or nothing came back. Undefined: it measured.
 */
export function failureOf(result: Result): RunError | undefined {
  if (result.error !== undefined) return result.error;
  if (result.kind === undefined || hasReceived(result)) return undefined;
  const { reason } = result;
  if (reason === INTERRUPTED) return { code: 'interrupted', message: `${reason} before anything came back` };
  const { code, message } = explanationOf(result);
  return { code: errorCodeOf(code, 'no-answer'), message };
}

/**
 * What the system or the network reported explains more than that nothing came back: that no address answered, else the report
 * that came most often.
 */
function explanationOf(result: RunResult): { readonly code?: string; readonly message: string } {
  const { icmp, notices, settings, peer } = result;
  const tried = notices.find(({ code }) => code === 'no-address-answers');
  if (tried !== undefined) return tried;
  const [mostOften] = [...icmp].sort((a, b) => b.count - a.count);
  const explains = ({ code, message }: Notice): boolean =>
    mostOften === undefined ? !ABOUT_ADDRESSES.has(code) : message === mostOften.text;
  const tooLarge = settings.dontFragment ? tooLargeText(result)[0] : undefined;
  const found = notices.find(explains);
  if (found !== undefined) return found;
  if (mostOften === undefined && tooLarge !== undefined) return { code: 'EMSGSIZE', message: tooLarge };
  return { message: mostOften?.text ?? `no reply from ${peerText(peer)}` };
}

const hasReceived = (result: RunResult): boolean =>
  result.kind === 'ping'
    ? (result.probes?.received ?? 0) > 0
    : (result.streams ?? []).some(({ bytes }) => bytes !== undefined && bytes > 0);

/** The document of a run that failed. A reason that explains the failure stays. */
export const withError = (result: Result, error: RunError | undefined): Result =>
  error === undefined
    ? result
    : {
        ...result,
        complete: false,
        reason: result.reason === undefined || result.reason === NOT_ALL_SENT ? error.message : result.reason,
        error,
      };
