import { closeSync, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { AuthenticationError } from './authentication-error';

/** Ten thousand users, and far more than a key. */
const MAX_BYTES = 1024 * 1024;
/** Reading and writing by the group, and by others. */
const OPEN_TO_OTHERS = 0o066;

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** What `path` holds, which is `what`. Throws an `AuthenticationError`. */
export const smallFile = (path: string, what: string): Buffer => contentOf(path, what, () => {});

/** The same of a file that nobody else should know: where others do, `warn` is told. iperf3 takes such files without a word. */
export const secretFile = (path: string, what: string, warn: (warning: string) => void): Buffer =>
  contentOf(path, what, (file) => {
    const warning = openness(path, fstatSync(file), process.getuid?.());
    if (warning !== undefined) warn(warning);
  });

/** That others can read or change a file of that state, and what mends it; undefined where they cannot, or where a system has no such modes. */
export function openness(
  path: string,
  file: Pick<Stats, 'mode' | 'uid' | 'isFile'>,
  ownId: number | undefined,
): string | undefined {
  if (ownId === undefined || !file.isFile()) return undefined;
  // A service reads what is root's by its group.
  const mode = file.uid === ownId ? 0o600 : 0o640;
  if ((file.mode & OPEN_TO_OTHERS & ~mode) === 0) return undefined;
  return `${path} is a secret that others can read or change: chmod ${mode.toString(8)} ${forShell(path)}`;
}

/** Text in UTF-8, without the mark that some editors put before it. */
export function textIn(content: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(content);
  } catch {
    throw new AuthenticationError(`${path} is no text in UTF-8`);
  }
}

function contentOf(path: string, what: string, onOpen: (file: number) => void): Buffer {
  try {
    return read(path, onOpen);
  } catch (error) {
    if (error instanceof AuthenticationError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new AuthenticationError(`cannot read ${what} ${path}: ${PROBLEMS[code ?? ''] ?? message}`);
  }
}

function read(path: string, onOpen: (file: number) => void): Buffer {
  const file = openSync(path, 'r');
  try {
    onOpen(file);
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = readSync(file, buffer, length, buffer.length - length, null);
    if (length > MAX_BYTES) throw new AuthenticationError(`${path} is too long: ${MAX_BYTES} bytes are the most`);
    if (length === 0) throw new AuthenticationError(`${path} is empty`);
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

/** As a shell takes it, and no option either. */
function forShell(path: string): string {
  const name = path.startsWith('-') ? `./${path}` : path;
  return /^[\w./+@%,:-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
}
