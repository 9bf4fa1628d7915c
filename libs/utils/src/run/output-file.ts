import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Sink } from './sink';

const MAX_LINKS = 40;
/** What a file that nobody has made yet may be, before the umask. */
const NEW_FILE_MODE = 0o666;

/** Files being written that have no name of their own yet. */
const unfinished = new Set<string>();
process.on('exit', () => {
  for (const part of unfinished) rmSync(part, { force: true });
});

/** Where `path` leads to, by its symbolic links: also where nothing is there yet. */
export function followed(path: string): string {
  let target = resolve(path);
  for (let links = 0; lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink(); links++) {
    if (links === MAX_LINKS) throw Object.assign(new Error('too many symbolic links'), { code: 'ELOOP' });
    target = resolve(dirname(target), readlinkSync(target));
  }
  return target;
}

/**
 * A regular file, which is there under its name only when all of it is. An earlier one goes now: whatever becomes of the run, it
 * must not be taken for its result.
 */
export function openFile(target: string): Sink {
  const earlier = statSync(target, { throwIfNoEntry: false });
  if (earlier !== undefined) accessSync(target, constants.W_OK);
  try {
    const file = new RenamedFile(target, earlier);
    rmSync(target, { force: true });
    return file;
  } catch (error) {
    // A file of ours in a directory that is not, or one mounted by itself, can only be overwritten.
    const { code } = error as NodeJS.ErrnoException;
    if (earlier === undefined || (code !== 'EACCES' && code !== 'EPERM' && code !== 'EBUSY')) throw error;
    return new OverwrittenFile(openSync(target, 'r+'));
  }
}

/** Written beside its place, and put there when it is whole. */
class RenamedFile implements Sink {
  readonly #target: string;
  readonly #part: string;
  readonly #earlier: Stats | undefined;
  #fd: number | undefined;

  constructor(target: string, earlier: Stats | undefined) {
    this.#target = target;
    this.#earlier = earlier;
    this.#part = `${target}.${process.pid}.part`;
    // Whether it can be made at all. It is not left lying about by a run that is killed before there is anything to write.
    this.#open();
    this.discard();
  }

  write(text: string): void {
    writeFileSync(this.#open(), text);
  }

  async close(): Promise<void> {
    const fd = this.#open();
    fsyncSync(fd);
    closeSync(fd);
    this.#fd = undefined;
    renameSync(this.#part, this.#target);
    unfinished.delete(this.#part);
  }

  discard(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    rmSync(this.#part, { force: true });
    unfinished.delete(this.#part);
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    // Of a process that had this number before, and was killed.
    rmSync(this.#part, { force: true });
    const mode = this.#earlier?.mode;
    const fd = openSync(this.#part, 'wx', mode === undefined ? NEW_FILE_MODE : mode & 0o777);
    unfinished.add(this.#part);
    this.#fd = fd;
    if (this.#earlier !== undefined) likeBefore(fd, this.#earlier);
    return fd;
  }
}

/** Owner first: with it the system takes away what only the owner may set. */
function likeBefore(fd: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Only root may give files away.
  }
  fchmodSync(fd, mode & 0o7777);
}

/** Written in its place: empty when it cannot be written whole. */
class OverwrittenFile implements Sink {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
    ftruncateSync(fd);
  }

  write(text: string): void {
    writeFileSync(this.#fd, text);
  }

  async close(): Promise<void> {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
  }

  discard(): void {
    ftruncateSync(this.#fd);
    closeSync(this.#fd);
  }
}
