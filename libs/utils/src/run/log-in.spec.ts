import { PassThrough } from 'node:stream';
import { UsageError } from '../args/quantities';
import { loggedIn } from './log-in';

const login = (password?: string) => ({
  username: 'anna',
  password,
  with: (known: string) => () => `token of ${known}`,
});

interface Given {
  readonly environment?: NodeJS.ProcessEnv;
  /** What is typed; undefined: there is no terminal. */
  readonly typed?: string;
}

/** What begins, and what was asked. */
async function begun(who: ReturnType<typeof login> | undefined, { environment = {}, typed }: Given = {}) {
  const asked: string[] = [];
  const terminal = Object.assign(new PassThrough(), { isTTY: typed !== undefined, setRawMode() {} });
  if (typed !== undefined) terminal.write(typed);
  const begin = async function* (authToken: (() => string) | undefined) {
    yield authToken?.();
  };
  const all = { environment, terminal, write: (text: string) => void asked.push(text) };
  const tokens: (string | undefined)[] = [];
  for await (const token of loggedIn(who, new AbortController().signal, begin, all)) tokens.push(token);
  return { token: tokens[0], count: tokens.length, asked: asked.join('') };
}

const ENVIRONMENT = { environment: { IPERF3_PASSWORD: 'environment' } };

it.each([
  ['nobody in particular', undefined, { ...ENVIRONMENT, typed: 'typed\r' }, undefined, ''],
  ['a file, before all', login('file'), { ...ENVIRONMENT, typed: 'typed\r' }, 'token of file', ''],
  ['the environment', login(), { ...ENVIRONMENT, typed: 'typed\r' }, 'token of environment', ''],
  ['the user', login(), { typed: 'typed\r' }, 'token of typed', 'Password of anna: \n'],
  [
    'the user, where the environment says nothing',
    login(),
    { environment: { IPERF3_PASSWORD: '' }, typed: 'typed\r' },
    'token of typed',
    'Password of anna: \n',
  ],
])('begins with what is known from %s', async (_, who, given, token, asked) => {
  expect(await begun(who, given)).toStrictEqual({ token, count: 1, asked });
});

it('does not begin without a password, and says what to do', async () => {
  await expect(begun(login())).rejects.toThrow(UsageError);
  await expect(begun(login())).rejects.toThrow(
    'the password of anna is missing, and there is no terminal to ask on: set IPERF3_PASSWORD or write --password-file FILE',
  );
  await expect(begun(login(), { typed: '\r' })).rejects.toThrow(UsageError);
  await expect(begun(login(), { typed: 'secret\u0003' })).rejects.toMatchObject({ code: 'EINTR' });
});
