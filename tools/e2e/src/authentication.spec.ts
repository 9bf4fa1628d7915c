import { spawnSync } from 'node:child_process';
import { createHash, generateKeyPairSync, publicEncrypt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadOf } from './documents';
import {
  APPS,
  cookie,
  documents,
  type Exit,
  expectOneLine,
  Program,
  run,
  serve,
  temporaryFolder,
  until,
  Wire,
} from './harness';

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
  return new Program(
    process.execPath,
    [join(APPS, `${protocol}-client`), '127.0.0.1', String(port), ...args],
    environment,
  );
}

/** Nothing that a run prints says the password. */
function expectSilence({ stdout, stderr }: Pick<Exit, 'stdout' | 'stderr'>): void {
  expect(stdout + stderr).not.toContain(PASSWORD);
}

it.each(['tcp', 'udp'])(
  '%s: who knows the password is served; nobody else, and all are told the same',
  async (protocol) => {
    const { file, login, serving } = credentials();
    const server = await serve(`${protocol}-server` as 'tcp-server', '--json', ...serving);
    const { port, program } = server;
    const asUser = [...BRIEF, ...login(), '--json'];
    const known = client(protocol, port, asUser, PASSWORD);
    await until('its arguments', () => readFileSync(`/proc/${known.pid}/cmdline`, 'utf8').includes('--username'));
    expect(readFileSync(`/proc/${known.pid}/cmdline`, 'utf8')).not.toContain(PASSWORD);
    const inFile = client(protocol, port, [...asUser, '--password-file', file('password', `${PASSWORD}\n`)], 'wrong');
    for (const running of [known, inFile]) {
      const exit = await running.exit();
      expect([exit.code, exit.stderr]).toStrictEqual([0, '']);
      expect(loadOf(exit)).toMatchObject({ error: null, streams: [{}] });
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
    await documents(server, 3);
    expectSilence(program);
  },
);

const ACCEPTED = 10;
const SERVER_ERROR = 254;

it('a token is taken once, and only by a clock that agrees', async () => {
  const { publicKey, serving } = credentials();
  const { port } = await serve('tcp-server', ...serving, '--time-skew-threshold', '30');
  const now = Math.floor(Date.now() / 1000);
  const tokenOf = (text: string): string =>
    publicEncrypt({ key: publicKey, oaepHash: 'sha1' }, Buffer.from(text)).toString('base64');
  const saidAt = (seconds: number) => tokenOf(`user: ${USER}\npwd:  ${PASSWORD}\nts:   ${seconds}`);
  const answerTo = async (authtoken: string): Promise<number> => {
    const control = await Wire.connect(port);
    control.send(cookie());
    expect(await control.byte()).toBe(9);
    control.sendJson({ tcp: true, omit: 0, time: 1, parallel: 1, len: 1024, authtoken });
    const state = await control.byte();
    if (state === SERVER_ERROR) expect((await control.bytes(4)).readInt32BE()).toBe(142);
    control.end();
    return state;
  };
  const seen = saidAt(now);
  const tokens = [seen, seen, saidAt(now), saidAt(now - 60), saidAt(now + 60), saidAt(now - 20), 'AAAA', tokenOf('')];
  const answers: number[] = [];
  for (const token of tokens) answers.push(await answerTo(token));
  const [accepted, refused] = [ACCEPTED, SERVER_ERROR];
  expect(answers).toStrictEqual([accepted, refused, accepted, refused, refused, accepted, refused, refused]);
});

it('what cannot be used is told before the run, in a line with the name of the file', async () => {
  const { file, login, serving, users } = credentials();
  const open = file('open', 'secret\n', 0o600);
  const lines = file('lines', 'secret\nsecret\n');
  const cases: readonly (readonly [Promise<Exit>, RegExp])[] = [
    [client('tcp', 1, login()).exit(), /password of mario is missing.* IPERF3_PASSWORD or write --password-file FILE/],
    [client('udp', 1, [...BRIEF, ...login()]).exit(), /password of mario is missing/],
    [client('tcp', 1, [...login(), '--password-file', lines]).exit(), /lines holds more than a password/],
    [client('tcp', 1, [...login(), '--password-file', `${open}.not`]).exit(), /open\.not: there is no such file/],
    [client('tcp', 1, login(), 'secret'.repeat(100)).exit(), /too long for the key in \S+public.pem/],
    [client('tcp', 1, ['--username', USER, '--rsa-public-key-path', open], 'a').exit(), /open is no public RSA key/],
    [client('udp', 1, login(), 'a').exit(), /--username is for load tests: add -b or --max/],
    [client('tcp', 1, login().slice(0, 2), 'a').exit(), /--username needs --rsa-public-key-path/],
    [run('tcp-server', 0, ...users), /--authorized-users-path needs --rsa-private-key-path/],
    [run('udp-server', 0, ...serving.slice(0, 2)), /--rsa-private-key-path needs --authorized-users-path/],
    [run('udp-server', 0, ...serving.slice(0, 3), lines), /lines, line 1: not "user,/],
  ];
  for (const [exit, words] of cases) {
    expectOneLine(await exit, 2, words);
    expect((await exit).stderr).not.toMatch(/secret\b(?! that)/);
  }
});

/** A command on a terminal of its own, by `script` of util-linux, which types there what it reads. */
async function onTerminal(port: number, args: readonly string[], typed: string): Promise<Exit> {
  const command = [process.execPath, join(APPS, 'tcp-client'), '127.0.0.1', String(port), ...args];
  const quoted = command.map((word) => `'${word}'`).join(' ');
  const script = `{ sleep 1; printf '${typed}'; sleep 2; } | script -qefc "${quoted}" /dev/null`;
  return new Program('bash', ['-o', 'pipefail', '-c', script], { IPERF3_PASSWORD: '' }).exit();
}

const HAS_SCRIPT = spawnSync('script', ['--version']).status === 0;

(HAS_SCRIPT ? it : it.skip)('asks for the password on a terminal, unseen; Ctrl-C ends that', async () => {
  const { login, serving } = credentials();
  const { port } = await serve('tcp-server', ...serving);
  const asUser = [...BRIEF, ...login()];
  const [right, ended] = await Promise.all([
    onTerminal(port, asUser, `${PASSWORD}\\r`),
    onTerminal(port, asUser, 'ros\\003'),
  ]);
  expect([right.code, ended.code]).toStrictEqual([0, 1]);
  expect(right.stdout).toMatch(/^Password of mario: \r\n[\s\S]*throughput/);
  expect(ended.stdout).toBe('Password of mario: \r\ntcp-client: interrupted before the password was typed\r\n');
  expectSilence(right);
});
