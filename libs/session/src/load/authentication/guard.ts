import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { credentialsFromText } from '@pathgauge/protocol';
import { NS_PER_S, type Span } from '@pathgauge/units';
import { AuthenticationError } from './authentication-error';
import { secretFile, smallFile, textIn } from './small-file';
import { decrypted, type TokenPadding } from './token-padding';
import { UsedTokens } from './used-tokens';
import { Users } from './users';

interface GuardOptions {
  readonly privateKeyPath: string;
  readonly usersPath: string;
  readonly maxSkew: Span;
  readonly padding: TokenPadding;
}

/** Whatever is wrong, this is told: who tries names or passwords learns nothing from it. */
const NOT_KNOWN = 'asked without a user and password that are valid here, or by a clock that is off';

/**
 * Whom a server serves. Reads the key and the users at once, and throws an `AuthenticationError` for what cannot be used. What is
 * returned says why a token is not taken; undefined: it is.
 */
export function openGuard(
  { privateKeyPath, usersPath, maxSkew, padding }: GuardOptions,
  warn: (warning: string) => void,
  nowMs: () => number = Date.now,
): (token: string | undefined) => string | undefined {
  const key = privateKey(privateKeyPath, warn);
  const users = new Users(textIn(smallFile(usersPath, 'the users'), usersPath), usersPath);
  const maxSkewSeconds = maxSkew / NS_PER_S;
  const used = new UsedTokens();
  return (token) => {
    const nowSeconds = nowMs() / 1000;
    const encryptedBytes = Buffer.from(token ?? '', 'base64');
    const said = credentialsFromText(decrypted(encryptedBytes, key, padding) ?? '');
    // All is looked at, whatever is wrong already, so that each refusal takes as long.
    const isKnown = users.know(said?.username ?? '', said?.password ?? '');
    const isOfNow = Math.abs(Math.floor(nowSeconds) - (said?.saidAtSeconds ?? 0)) <= maxSkewSeconds;
    if (said === undefined || !isKnown || !isOfNow) return NOT_KNOWN;
    const name = createHash('sha256').update(encryptedBytes).digest('base64');
    return used.take(name, said.saidAtSeconds + maxSkewSeconds + 1, nowSeconds) ? undefined : NOT_KNOWN;
  };
}

function privateKey(path: string, warn: (warning: string) => void): KeyObject {
  const pem = secretFile(path, 'the private key', warn);
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === 'rsa') return key;
  } catch {
    // Said below.
  }
  throw new AuthenticationError(`${path} is no private RSA key in PEM format without a passphrase`);
}
