import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AuthenticationError } from './authentication-error';

/** As iperf3 writes it: `user,hex of SHA-256("{user}password")`. */
const LINE = /^([^,]+),([0-9a-f]{64})$/i;

/** Whom a server serves, and what it keeps of their passwords. */
export class Users {
  readonly #hashes = new Map<string, Buffer>();
  /** Of nobody: an unknown user is compared as well, and takes as long. */
  readonly #nobodys = randomBytes(32);

  /** `text` is a file of users, one a line; `#` begins a remark. Throws an `AuthenticationError`. */
  constructor(text: string, path: string) {
    text.split('\n').forEach((each, k) => {
      const line = each.trim();
      if (line === '' || line.startsWith('#')) return;
      const [, name, hash] = LINE.exec(line) ?? [];
      if (name === undefined || hash === undefined)
        throw new AuthenticationError(`${path}, line ${k + 1}: not "user,SHA-256 in 64 hex digits"`);
      if (this.#hashes.has(name)) throw new AuthenticationError(`${path}, line ${k + 1}: ${name} has a line already`);
      this.#hashes.set(name, Buffer.from(hash, 'hex'));
    });
    if (this.#hashes.size === 0) throw new AuthenticationError(`${path} names no user`);
  }

  /** Whether that is the password of a user that is known. Takes as long whatever is wrong. */
  know(username: string, password: string): boolean {
    const kept = this.#hashes.get(username);
    const isEqual = timingSafeEqual(hashOf(username, password), kept ?? this.#nobodys);
    return isEqual && kept !== undefined;
  }
}

const hashOf = (username: string, password: string): Buffer =>
  createHash('sha256').update(`{${username}}${password}`).digest();
