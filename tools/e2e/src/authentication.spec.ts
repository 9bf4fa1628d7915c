import { constants, createHash, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOf } from './documents';
import { APPS, documents, type Exit, expectOneLine, Program, serve, start, temporaryFolder, until, Wire } from './harness';

const USER = 'mario';
const PASSWORD = 'rossi, a word with spaces';
const BRIEF = ['-b', '1M', '-t', '0.3'];
const REFUSED = /authentication failed/;

/** A server's keys and users, made for one test. */
function credentials() {
  const folder = temporaryFolder();
  const file = (name: string, text: string | Buffer, mode = 0o600): string => {
    writeFileSync(join(folder, name), text, { mode });
    return join(folder, name);
  };
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const privatePem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
  const hash = createHash('sha256').update(`{${USER}}${PASSWORD}`).digest('hex');
  const publicPath = file('public.pem', publicPem, 0o644);
  const users = ['--authorized-users-path', file('users', `${USER},${hash}\n`)];
  return {
    file,
    publicKey,
    privatePem,
    users,
    serving: ['--rsa-private-key-path', file('private.pem', privatePem), ...users],
    login: (name = USER) => ['--username', name, '--rsa-public-key-path', publicPath],
  };
}

function client(protocol: string, port: number, args: readonly string[], password?: string): Program {
  const environment = { IPERF3_PASSWORD: password ?? '' };
  return new Program(process.execPath, [join(APPS, `${protocol}-client`), '127.0.0.1', String(port), ...args], environment);
}

/** Nothing that a run prints says the password. */
function expectSilence({ stdout, stderr }: Exit): void {
  expect(stdout + stderr).not.toContain(PASSWORD);
}

it.each(['tcp', 'udp'])('%s: who knows the password is served; nobody else, and all are told the same', async (protocol) => {
  const { file, login, serving } = credentials();
  const { port, program } = await serve(`${protocol}-server` as 'tcp-server', '--json', ...serving);
  const asUser = [...BRIEF, ...login(), '--json'];
  const known = client(protocol, port, asUser, PASSWORD);
  await until('its arguments', () => readFileSync(`/proc/${known.pid}/cmdline`, 'utf8').includes('--username'));
  expect(readFileSync(`/proc/${known.pid}/cmdline`, 'utf8')).not.toContain(PASSWORD);
  const inFile = client(protocol, port, [...asUser, '--password-file', file('password', `${PASSWORD}\n`)], 'wrong');
  for (const running of [known, inFile]) {
    const exit = await running.exit();
    expect([exit.code, exit.stderr]).toStrictEqual([0, '']);
    expect(loadOf(exit)).toMatchObject({ complete: true });
    expectSilence(exit);
  }
  const refused = [
    client(protocol, port, [...BRIEF, ...login()], 'wrong'),
    client(protocol, port, [...BRIEF, ...login('luigi')], PASSWORD),
    client(protocol, port, [...BRIEF, ...login(), '--use-pkcs1-padding'], PASSWORD),
    client(protocol, port, BRIEF, PASSWORD),
  ];
  const told = await Promise.all(refused.map((each) => each.exit()));
  for (const exit of told) {
    expectOneLine(exit, 1, REFUSED);
    expectSilence(exit);
  }
  expect(new Set(told.map(({ stderr }) => stderr)).size).toBe(1);
  expect((await client(protocol, port, asUser, PASSWORD).exit()).code).toBe(0);
  await documents({ port, program } as never, 3);
  expectSilence(program);
});
