import { createPublicKey, type KeyObject } from 'node:crypto';
import { credentialsToText } from '@pathgauge/protocol';
import { AuthenticationError } from './authentication-error';
import { passwordInFile } from './password-file';
import { smallFile } from './small-file';
import { encrypted, type TokenPadding } from './token-padding';

interface LoginOptions {
  readonly username: string;
  readonly publicKeyPath: string;
  readonly padding: TokenPadding;
  /** Where the password stands, if it is in a file. */
  readonly passwordPath: string | undefined;
}

/** How a client says who it is. Reads its files at once, warns of what others can read, and throws an `AuthenticationError` for what cannot be used. */
export function openLogin(
  { username, publicKeyPath, padding, passwordPath }: LoginOptions,
  warn: (warning: string) => void,
) {
  const key = publicKey(publicKeyPath);
  const token = (password: string, nowMs: number): string => {
    const text = credentialsToText({ username, password, saidAtSeconds: Math.floor(nowMs / 1000) });
    try {
      return encrypted(text, key, padding);
    } catch {
      throw new AuthenticationError(`the user name and password are too long for the key in ${publicKeyPath}`);
    }
  };
  return {
    username,
    /** Known without anybody being asked. */
    password: passwordPath === undefined ? undefined : passwordInFile(passwordPath, warn),
    /** What gives a token of now, each time that one is sent. Throws an `AuthenticationError` for what does not fit the key. */
    with(password: string, nowMs: () => number = Date.now): () => string {
      // Said before the run, not in its middle.
      token(password, nowMs());
      return () => token(password, nowMs());
    },
  };
}

function publicKey(path: string): KeyObject {
  const pem = smallFile(path, 'the public key');
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below.
  }
  throw new AuthenticationError(`${path} is no public RSA key in PEM format`);
}
