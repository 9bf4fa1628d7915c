import { type Span, seconds } from '@pathgauge/units';
import type { RawArguments } from './command-line';
import type { OptionSpec } from './option-spec';
import { parseDuration, UsageError } from './quantities';

// Who a client is, and whom a server serves: iperf3's authentication.

const DEFAULT_SKEW: Span = seconds(10);
const MAX_SKEW: Span = seconds(86_400);

const PADDING_OPTION = {
  'use-pkcs1-padding': { kind: 'flag', describe: 'Load: encrypt passwords as iperf3 before 3.17' },
} as const satisfies Record<string, OptionSpec>;

/** Of clients. */
export const LOGIN_OPTIONS = {
  username: { kind: 'value', describe: 'Load: who you are to a server that asks' },
  'rsa-public-key-path': { kind: 'value', describe: "Load: the server's public key, a PEM file" },
  'password-file': { kind: 'value', describe: 'Load: your password, in place of IPERF3_PASSWORD' },
  ...PADDING_OPTION,
} as const satisfies Record<string, OptionSpec>;

/** Of servers. */
export const GUARD_OPTIONS = {
  'rsa-private-key-path': { kind: 'value', describe: 'Load: serve who knows a password; a PEM file' },
  'authorized-users-path': { kind: 'value', describe: 'Load: users and hashes of their passwords' },
  'time-skew-threshold': { kind: 'value', describe: "Load: how far a client's clock may be off", default: '10s' },
  ...PADDING_OPTION,
} as const satisfies Record<string, OptionSpec>;

/** Who the user is, for a server that asks; undefined: nobody in particular. */
export function loginArguments(raw: RawArguments<keyof typeof LOGIN_OPTIONS>) {
  const pair = together(raw, 'username', 'rsa-public-key-path');
  const passwordPath = raw.text('password-file');
  if (passwordPath === '') throw new UsageError('--password-file: what it is called is missing');
  if (pair === undefined) {
    if (passwordPath !== undefined) throw new UsageError('--password-file needs --username');
    refusePadding(raw, 'username');
    return undefined;
  }
  const [username, publicKeyPath] = pair;
  if ([...username].some((character) => character < ' '))
    throw new UsageError('--username: there is a character in it that no name has');
  return { username, publicKeyPath, passwordPath, padding: paddingArgument(raw) };
}

/** Whom a server serves; undefined: everyone. */
export function guardArguments(raw: RawArguments<keyof typeof GUARD_OPTIONS>) {
  const pair = together(raw, 'rsa-private-key-path', 'authorized-users-path');
  const text = raw.text('time-skew-threshold');
  if (pair === undefined) {
    if (text !== undefined) throw new UsageError('--time-skew-threshold needs --rsa-private-key-path');
    refusePadding(raw, 'rsa-private-key-path');
    return undefined;
  }
  const maxSkew = text === undefined ? DEFAULT_SKEW : parseDuration(text);
  if (maxSkew <= 0 || maxSkew > MAX_SKEW)
    throw new UsageError(`--time-skew-threshold ${text}: must be above 0, to 24h`);
  return { privateKeyPath: pair[0], usersPath: pair[1], maxSkew, padding: paddingArgument(raw) };
}

const paddingArgument = (raw: RawArguments<keyof typeof PADDING_OPTION>): 'pkcs1' | 'oaep' =>
  raw.flag('use-pkcs1-padding') ? 'pkcs1' : 'oaep';

function refusePadding(raw: RawArguments<keyof typeof PADDING_OPTION>, needed: string): void {
  if (raw.flag('use-pkcs1-padding')) throw new UsageError(`--use-pkcs1-padding needs --${needed}`);
}

/** Two values of which neither means anything without the other. */
function together<Name extends string>(raw: RawArguments<Name>, one: Name, other: Name): [string, string] | undefined {
  const [first, second] = [raw.text(one), raw.text(other)];
  if (first === undefined && second === undefined) return undefined;
  for (const [name, text] of [
    [one, first],
    [other, second],
  ] as const) {
    if (text === undefined) throw new UsageError(`--${name === one ? other : one} needs --${name}`);
    if (text === '') throw new UsageError(`--${name}: what it is called is missing`);
  }
  return [first as string, second as string];
}
