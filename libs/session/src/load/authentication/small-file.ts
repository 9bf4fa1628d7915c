import { closeSync, openSync, readSync } from 'node:fs';
import { AuthenticationError } from './authentication-error';

/** Ten thousand users, and far more than a key. */
const MAX_BYTES = 1024 * 1024;

/** The text of `path`, which is `what`. Throws an `AuthenticationError`. */
export function smallFile(path: string, what: string): string {
  try {
    return textOf(path);
  } catch (error) {
    if (error instanceof AuthenticationError) throw error;
    throw new AuthenticationError(`cannot read ${what}: ${(error as Error).message}`);
  }
}

function textOf(path: string): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (let count = -1; count !== 0; length += count)
      count = readSync(file, buffer, length, buffer.length - length, null);
    if (length > MAX_BYTES) throw new AuthenticationError(`${path} is too long: ${MAX_BYTES} bytes are the most`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
