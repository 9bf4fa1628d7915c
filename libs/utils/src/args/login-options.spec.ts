import { parseCommandLine } from './command-line';
import { GUARD_OPTIONS, guardArguments, LOGIN_OPTIONS, loginArguments } from './login-options';
import { UsageError } from './quantities';

function raw(...argv: string[]) {
  const options = { ...LOGIN_OPTIONS, ...GUARD_OPTIONS } as const;
  const spec = { program: 'tcp-client', usage: '', summary: '', options, examples: [], mostPositionals: 0 };
  const parsed = parseCommandLine(spec, argv, '1');
  if (parsed.kind !== 'run') throw new Error('nothing to run');
  return parsed.raw;
}
const LOGIN = ['--username', 'anna', '--rsa-public-key-path', 'public.pem'];
const GUARD = ['--rsa-private-key-path', 'private.pem', '--authorized-users-path', 'users.csv'];
const PKCS1 = '--use-pkcs1-padding';

it('is nobody, and everyone is served, unless it is said', () => {
  expect([loginArguments(raw()), guardArguments(raw())]).toStrictEqual([undefined, undefined]);
});

it('has a user and a key, users and a key', () => {
  const login = { username: 'anna', publicKeyPath: 'public.pem', passwordPath: undefined, padding: 'oaep' };
  expect(loginArguments(raw(...LOGIN))).toStrictEqual(login);
  expect(loginArguments(raw(...LOGIN, '--password-file', 'p'))).toStrictEqual({ ...login, passwordPath: 'p' });
  expect(loginArguments(raw(...LOGIN, PKCS1))).toStrictEqual({ ...login, padding: 'pkcs1' });
  const guard = { privateKeyPath: 'private.pem', usersPath: 'users.csv', padding: 'oaep' };
  expect(guardArguments(raw(...GUARD, PKCS1))).toMatchObject({ padding: 'pkcs1' });
  expect(guardArguments(raw(...GUARD))).toStrictEqual({ ...guard, maxSkew: 10e9 });
  expect(guardArguments(raw(...GUARD, '--time-skew-threshold', '1m'))).toStrictEqual({ ...guard, maxSkew: 60e9 });
});

it.each([
  [['--password-file', 'p'], /^--password-file needs --username$/],
  [[...LOGIN, '--password-file='], /^--password-file: what it is called is missing$/],
  [['--username', 'anna\npwd:  ', ...LOGIN.slice(2)], /^--username: there is a character in it that no name has$/],
  [LOGIN.slice(0, 2), /^--username needs --rsa-public-key-path$/],
  [LOGIN.slice(2), /^--rsa-public-key-path needs --username$/],
  [['--username=', '--rsa-public-key-path', 'x'], /^--username: what it is called is missing$/],
  [GUARD.slice(0, 2), /^--rsa-private-key-path needs --authorized-users-path$/],
  [GUARD.slice(2), /^--authorized-users-path needs --rsa-private-key-path$/],
  [['--time-skew-threshold', '5'], /^--time-skew-threshold needs --rsa-private-key-path$/],
  [[...GUARD, '--time-skew-threshold', '0'], /must be above 0, to 24h$/],
  [[...GUARD, '--time-skew-threshold', '25h'], /must be above 0, to 24h$/],
])('%p is refused in one line', (argv, words) => {
  const read = () => [loginArguments(raw(...argv)), guardArguments(raw(...argv))];
  expect(read).toThrow(UsageError);
  expect(read).toThrow(words);
});

it('has a padding only where there is something to encrypt', () => {
  expect(() => loginArguments(raw(PKCS1))).toThrow(/^--use-pkcs1-padding needs --username$/);
  expect(() => guardArguments(raw(PKCS1))).toThrow(/^--use-pkcs1-padding needs --rsa-private-key-path$/);
});
