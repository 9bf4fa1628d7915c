import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { decrypted, encrypted } from './token-padding';

const BITS = 1024;
const BYTES = BITS / 8;
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: BITS });
const PADDINGS = ['oaep', 'pkcs1'] as const;

/** A block as it stands behind the decryption, whatever is in it. */
const tokenOf = (block: Buffer): Buffer => publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, block);
/** Zero, `type`, so many bytes of padding, zero, text. */
function blockOf(type: number, padding: number, text: string): Buffer {
  const block = Buffer.alloc(BYTES, 7);
  block[0] = 0;
  block[1] = type;
  block[2 + padding] = 0;
  block.write(text, 3 + padding);
  return block.subarray(0, BYTES);
}

it.each(PADDINGS)('%s: what is encrypted comes back, in any length that fits, each time in other bytes', (padding) => {
  const most = BYTES - (padding === 'oaep' ? 42 : 11);
  for (const text of ['', 'a', 'für Anna', 'a'.repeat(most)]) {
    const token = Buffer.from(encrypted(text, publicKey, padding), 'base64');
    expect(token.length).toBe(BYTES);
    expect(decrypted(token, privateKey, padding)).toBe(text);
  }
  expect(() => encrypted('a'.repeat(most + 1), publicKey, padding)).toThrow();
  expect(encrypted('a', publicKey, padding)).not.toBe(encrypted('a', publicKey, padding));
});

it.each(PADDINGS)('%s: nothing comes of what is not right, and nothing is thrown', (padding) => {
  const token = Buffer.from(encrypted('text', publicKey, padding), 'base64');
  const other = padding === 'oaep' ? 'pkcs1' : 'oaep';
  for (const wrong of [Buffer.alloc(0), token.subarray(1), Buffer.concat([token, token]), Buffer.alloc(BYTES, 0xff)])
    expect(decrypted(wrong, privateKey, padding)).toBeUndefined();
  expect(decrypted(token, privateKey, other)).toBeUndefined();
});

describe('PKCS #1 1.5', () => {
  const text = (length: number): string => 't'.repeat(length);

  it.each([8, 9, 50])('takes %i bytes of padding', (padding) => {
    const length = BYTES - 3 - padding;
    expect(decrypted(tokenOf(blockOf(2, padding, text(length))), privateKey, 'pkcs1')).toBe(text(length));
  });

  it.each([
    ['of a signature', blockOf(1, 50, text(75))],
    ['too short', blockOf(2, 7, text(BYTES - 10))],
    ['of nothing', blockOf(2, 0, text(BYTES - 3))],
    ['without an end', Buffer.concat([Buffer.of(0, 2), Buffer.alloc(BYTES - 2, 7)])],
  ])('takes no padding %s', (_, block) => {
    expect(decrypted(tokenOf(block), privateKey, 'pkcs1')).toBeUndefined();
  });

  it('takes a text with zeros in it', () => {
    expect(decrypted(tokenOf(blockOf(2, BYTES - 6, 'a\0b')), privateKey, 'pkcs1')).toBe('a\0b');
  });
});
