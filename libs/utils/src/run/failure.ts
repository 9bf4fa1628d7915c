import {
  errorCodeOf,
  INTERRUPTED,
  NOT_ALL_SENT,
  type NoticeEvent,
  type Result,
  type RunError,
} from '@pathgauge/result';

export const EXIT = { measured: 0, failed: 1, usage: 2 } as const;

/** What cannot be written, and why: one line. */
export class OutputError extends Error {
  readonly code = 'EOUTPUT';

  constructor(path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(`cannot write ${path}: ${PROBLEMS[code ?? ''] ?? message}`);
  }
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'no such directory',
  ENOTDIR: 'no such directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than the limit for files (ulimit -f)',
  ENXIO: 'nobody reads it',
  EPIPE: 'its reader has gone',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/**
 * Why a run is a failure: it was cut short by somebody else than its user or this host, or nothing came back. What the system said
 * on the way tells more than that nothing came. Undefined: it measured.
 */
export function failureOf(result: Result, notices: readonly NoticeEvent[]): RunError | undefined {
  if (result.error !== undefined) return result.error;
  if (hasReceived(result)) return undefined;
  const { reason, peer } = result;
  if (reason === INTERRUPTED) return { code: 'interrupted', message: `${reason} before anything came back` };
  const [notice] = notices;
  return {
    code: errorCodeOf(notice?.code, 'no-answer'),
    message: notice?.message ?? `no answer from ${peer.host} port ${peer.port}`,
  };
}

const hasReceived = ({ kind, probes, streams }: Result): boolean =>
  kind === 'ping' ? (probes?.received ?? 0) > 0 : (streams ?? []).some(({ bytes }) => bytes !== undefined && bytes > 0);

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
