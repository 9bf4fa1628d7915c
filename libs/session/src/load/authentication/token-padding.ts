import { constants, type KeyObject, privateDecrypt, publicEncrypt } from 'node:crypto';

/** OAEP is what iperf3 uses from 3.17 on; PKCS #1 1.5 is what older ones use, and what newer ones use with --use-pkcs1-padding. */
export type TokenPadding = 'oaep' | 'pkcs1';

const OAEP = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' } as const;
/** Zero, two, eight bytes that are not zero at the least, zero. */
const MIN_PKCS1_START = 11;

export function encrypted(text: string, key: KeyObject, padding: TokenPadding): string {
  const options = padding === 'oaep' ? OAEP : { padding: constants.RSA_PKCS1_PADDING };
  return publicEncrypt({ key, ...options }, Buffer.from(text)).toString('base64');
}

/** Undefined for what was not encrypted for that key. */
export function decrypted(token: Buffer, key: KeyObject, padding: TokenPadding): string | undefined {
  try {
    if (padding === 'oaep') return privateDecrypt({ key, ...OAEP }, token).toString();
    // Node leaves out PKCS #1 of private keys, since programs tell whom they answer whether the padding was right: this one does not.
    return unpadded(privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, token));
  } catch {
    return undefined;
  }
}

/** Each byte is looked at, whatever stands in those before it, so that no time tells where the padding is wrong. */
function unpadded(block: Buffer): string | undefined {
  let start = 0;
  for (let k = block.length - 1; k >= 2; k--) start = block[k] === 0 ? k + 1 : start;
  const text = block.toString('utf8', start);
  return block[0] === 0 && block[1] === 2 && start >= MIN_PKCS1_START ? text : undefined;
}
