import { createHash, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seconds } from '@pathgauge/units';
import { openGuard } from './guard';
import { openLogin } from './login';

/** Of files that nobody else can read. */
const unwarned = (warning: string): never => {
  throw new Error(warning);
};

const folder = mkdtempSync(join(tmpdir(), 'guard-'));
const fileOf = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};
const keys = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
const { publicKey, privateKey } = keys();
const publicKeyPath = fileOf('public.pem', publicKey);
const privateKeyPath = fileOf('private.pem', privateKey);
// echo -n "{anna}secret" | sha256sum
const HASH = createHash('sha256').update('{anna}secret').digest('hex');
const usersPath = fileOf('users.csv', `# who may\nanna,${HASH}\n\nbert,${'0'.repeat(64)}\n`);
const otherKeyPath = fileOf('other.pem', keys().publicKey);
writeFileSync(join(folder, 'open.pem'), privateKey, { mode: 0o644 });
const openKeyPath = join(folder, 'open.pem');

afterAll(() => rmSync(folder, { recursive: true }));

const NOW = 1_700_000_000_000;
const GUARD = { privateKeyPath, usersPath, maxSkew: seconds(10), padding: 'oaep' } as const;
const LOGIN = { username: 'anna', publicKeyPath, padding: 'oaep', passwordPath: undefined } as const;
const tokenOf = (login: Partial<Parameters<typeof openLogin>[0]> = {}, password = 'secret', at = NOW) =>
  openLogin({ ...LOGIN, ...login }, unwarned).with(password, () => at)();
const guard = () => openGuard(GUARD, unwarned, () => NOW);

describe('openGuard', () => {
  it.each(['oaep', 'pkcs1'] as const)('takes who knows the password, by %s', (padding) => {
    expect(openGuard({ ...GUARD, padding }, unwarned, () => NOW)(tokenOf({ padding }))).toBeUndefined();
  });

  it.each([
    ['no token', undefined],
    ['an empty one', ''],
    ['no base64', '***'],
    ['random bytes', Buffer.alloc(256, 7).toString('base64')],
    ['too many bytes', Buffer.alloc(4096, 7).toString('base64')],
    ['a wrong password', tokenOf({}, 'Secret')],
    ['an unknown user', tokenOf({ username: 'eve' })],
    ['a user without a password', tokenOf({ username: 'bert' }, '')],
    ['another key', tokenOf({ publicKeyPath: otherKeyPath })],
    ['another padding', tokenOf({ padding: 'pkcs1' })],
    ['a clock behind', tokenOf({}, 'secret', NOW - 11_000)],
    ['a clock ahead', tokenOf({}, 'secret', NOW + 11_000)],
    [
      'text of another shape',
      publicEncrypt({ key: publicKey, oaepHash: 'sha1' }, Buffer.from('anna')).toString('base64'),
    ],
  ])('refuses %s, in the same words as all', (_, token) => {
    expect(guard()(token)).toBe(guard()(undefined));
    expect(guard()(token)).toMatch(/without a user and password/);
  });

  it.each([-10_000, 10_000])('takes a clock that is off by as much as is allowed: %i ms', (off) => {
    expect(guard()(tokenOf({}, 'secret', NOW + off))).toBeUndefined();
  });

  it('takes a token once, and others of the same second', () => {
    const check = guard();
    const token = tokenOf();
    expect(check(token)).toBeUndefined();
    expect(check(token)).toBeDefined();
    // Base64 has many ways to write the same.
    expect(check(`${token}\n`)).toBeDefined();
    expect(check(tokenOf())).toBeUndefined();
  });

  it('warns of a key that others can read, and serves by it', () => {
    const warnings: string[] = [];
    const open = openGuard(
      { ...GUARD, privateKeyPath: openKeyPath },
      (warning) => warnings.push(warning),
      () => NOW,
    );
    expect(warnings).toStrictEqual([
      expect.stringMatching(/open.pem is a secret that others .*: chmod 600 \S+open.pem$/),
    ]);
    expect(open(tokenOf({}))).toBeUndefined();
  });

  it.each([
    [
      'a key that is not there',
      { privateKeyPath: join(folder, 'none.pem') },
      /cannot read the private key \S+none.pem: there is no such file/,
    ],
    ['an empty key', { privateKeyPath: fileOf('nothing.pem', '') }, /nothing.pem is empty/],
    ['a public key', { privateKeyPath: publicKeyPath }, /public.pem is no private RSA key/],
    ['no users', { usersPath: fileOf('empty', '# nobody\n') }, /names no user/],
    ['a password in clear', { usersPath: fileOf('clear', `anna,${HASH}\nbert,secret\n`) }, /clear, line 2: not/],
    ['a file without an end', { usersPath: '/dev/zero' }, /too long/],
  ])('cannot begin with %s', (_, options, message) => {
    expect(() => openGuard({ ...GUARD, ...options }, unwarned)).toThrow(message);
    expect(() => openGuard({ ...GUARD, ...options }, unwarned)).toThrow(expect.objectContaining({ code: 'EUSAGE' }));
  });
});

describe('openLogin', () => {
  it.each([
    [
      'a key that is not there',
      join(folder, 'none.pem'),
      /cannot read the public key \S+none.pem: there is no such file/,
    ],
    ['something else', usersPath, /is no public RSA key/],
  ])('cannot begin with %s', (_, path, message) => {
    expect(() => openLogin({ ...LOGIN, publicKeyPath: path }, unwarned)).toThrow(message);
  });

  it('knows the password of a file, and asks for any other', () => {
    expect(openLogin({ ...LOGIN, passwordPath: fileOf('password', 'secret\n') }, unwarned)).toMatchObject({
      password: 'secret',
    });
    expect(openLogin(LOGIN, unwarned)).toMatchObject({ username: 'anna', password: undefined });
  });

  it('does not say the password, whatever happens', () => {
    const tooLong = 'secret'.repeat(100);
    expect(() => openLogin(LOGIN, unwarned).with(tooLong)).toThrow(
      /^the user name and password are too long for the key in \S+public.pem$/,
    );
  });
});
