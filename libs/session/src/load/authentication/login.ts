import { createPublicKey, type KeyObject } from 'node:crypto';
import { credentialsToText } from '@pathgauge/protocol';
import { AuthenticationError } from './authentication-error';
import { smallFile } from './small-file';
import { encrypted, type TokenPadding } from './token-padding';

interface LoginOptions {
  readonly username: string;
  readonly publicKeyPath: string;
  readonly padding: TokenPadding;
}

/** How a client says who it is. Reads the server's key at once, and throws an `AuthenticationError` if there is none. */
export function openLogin({ username, publicKeyPath, padding }: LoginOptions) {
  const key = publicKey(publicKeyPath);
  return {
    /** What gives a token of now, each time that one is sent. Throws an `AuthenticationError` for what does not fit the key. */
    with(password: string, nowMs: () => number = Date.now): () => string {
      return () => {
        const text = credentialsToText({ username, password, saidAtSeconds: Math.floor(nowMs() / 1000) });
        try {
          return encrypted(text, key, padding);
        } catch {
          throw new AuthenticationError('the user name and password are too long for the key of the server');
        }
      };
    },
  };
}

function publicKey(path: string): KeyObject {
  const text = smallFile(path, 'the public key');
  try {
    const key = createPublicKey(text);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below.
  }
  throw new AuthenticationError(`${path} is no public RSA key in PEM format`);
}
