import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { eventsIn } from './documents';
import { APPS, afterTest, bounded, freePort, run, temporaryFolder, until, where } from './harness';

const LOAD = ['-t', '0.5', '-i', '10ms', '--report-interval', '10ms'] as const;

interface Logged {
  readonly port: number;
  readonly pid: number;
  stderr(): string;
  /** Ends it as a user does; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** A tcp-server whose standard output goes to `stdout`. */
async function serveInto(stdout: number | 'pipe', ...args: string[]): Promise<Logged & { closeReader(): void }> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(APPS, 'tcp-server'), String(port), ...args], {
    stdio: ['ignore', stdout, 'pipe'],
  }) as ChildProcessByStdio<null, Readable | null, Readable>;
  afterTest(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // Nobody reads the pipe of what is printed, so that it fills up.
  child.stdout?.pause();
  await until('a server', () =>
    run('tcp-client', '127.0.0.1', port, '-t', '0.1', '-i', '50ms').then(({ code }) => code === 0),
  );
  return {
    port,
    pid: child.pid as number,
    stderr: () => said,
    closeReader: () => child.stdout?.destroy(),
    stop: async () => {
      child.kill('SIGINT');
      const [code] = await bounded('end of the server', once(child, 'exit'), 5_000);
      return code;
    },
  };
}

const expectServes = async ({ port }: Logged): Promise<void> =>
  expect(await run('tcp-client', '127.0.0.1', port, ...LOAD)).toMatchObject({ code: 0, stderr: '' });

it('serves on when the reader of its log goes away, and says so', async () => {
  const server = await serveInto('pipe');
  server.closeReader();
  await expectServes(server);
  await expectServes(server);
  expect(server.stderr()).toBe('tcp-server: the log cannot be written: its reader has gone; serving goes on\n');
  expect(await server.stop()).toBe(0);
});

it('serves on when its log is full from the beginning', async () => {
  const full = openSync('/dev/full', 'w');
  afterTest(() => closeSync(full));
  const server = await serveInto(full, '--json');
  await expectServes(server);
  expect(server.stderr()).toMatch(/^tcp-server: the log cannot be written: no space left; serving goes on$/m);
  expect(await server.stop()).toBe(0);
});

const CAN_MOUNT = process.getuid?.() === 0 && process.platform === 'linux';
where(
  CAN_MOUNT,
  'only root may mount a small disk',
  it,
)('says in its log what a full disk has cost', async () => {
  const disk = join(temporaryFolder(), 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk], { stdio: 'pipe' });
  afterTest(() => execFileSync('umount', ['-l', disk]));
  const log = join(disk, 'log');
  const fd = openSync(log, 'a');
  afterTest(() => closeSync(fd));
  const server = await serveInto(fd, '--json-stream');
  await expectServes(server);
  await until('a word on the full disk', () => server.stderr().includes('no space left; serving goes on'));
  truncateSync(log);
  await run('tcp-client', '127.0.0.1', server.port, '-t', '0.1', '-i', '50ms');
  await until('a line of the log', () => readFileSync(log, 'utf8').includes('\n'));
  const [first] = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  expect(eventsIn(first as string)[0]).toMatchObject({
    type: 'notice',
    code: 'log-lost',
    message: expect.stringMatching(/^\d+ lines of this log could not be written: no space left$/),
  });
  expect(await server.stop()).toBe(0);
});

it('serves on, and ends in time, when the reader of its log does not read', async () => {
  const server = await serveInto('pipe', '--json-stream');
  // More lines than a pipe takes.
  await Promise.all([1, 2, 3].map(() => expectServes(server)));
  expect(await server.stop()).toBe(0);
});
