import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { eventsIn, type PingResult, pingIn, pingOf } from './documents';
import {
  APPS,
  afterTest,
  expectOneLine,
  Program,
  pause,
  run,
  type Server,
  serve,
  start,
  temporaryFolder,
  where,
} from './harness';
import { expectAsked, expectResult } from './result-shape';

const client = (port: number, ...args: string[]): string =>
  [process.execPath, join(APPS, 'udp-client'), '127.0.0.1', port, '-i', '10ms', ...args].join(' ');
const bash = (script: string): Program => new Program('bash', ['-c', script]);

let server: Server;
let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  server = await serve('udp-server');
});

const inside = (name: string): string => join(folder, name);
const written = (name: string): PingResult => pingIn(readFileSync(inside(name), 'utf8'));

/** A disk of one page, which is full of itself. */
function smallDisk(): string {
  const disk = inside('disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk], { stdio: 'pipe' });
  afterTest(() => execFileSync('umount', ['-l', disk]));
  return disk;
}
const CAN_MOUNT = process.getuid?.() === 0 && process.platform === 'linux';
const whereDisk = (): jest.It => where(CAN_MOUNT, 'only root may mount a small disk', it);

whereDisk()('has no half a file where the disk is full, says so, and prints the summary all the same', async () => {
  const disk = smallDisk();
  const [one, stream] = [join(disk, 'a.json'), join(disk, 'b.jsonl')];
  writeFileSync(one, 'earlier');
  const exit = await run('udp-client', '127.0.0.1', server.port, '-c', '9', '-i', '5ms', '-l', '200', '-o', one);
  expectOneLine(exit, 1, /cannot write .*a\.json: no space left/);
  expect(exit.stdout).toMatch(/^sent \d+, received/m);
  const more = await run('udp-client', '127.0.0.1', server.port, '-c', '60', '-i', '5ms', '-o', stream, '--json');
  expectOneLine(more, 1, /cannot write .*b\.jsonl: no space left/);
  expect(pingOf(more)).toMatchObject({ complete: false, error: { code: 'output' } });
  expect(readdirSync(disk)).toEqual([]);
});

it('says once that standard output cannot be written, and writes the file', async () => {
  const exit = await bash(`exec ${client(server.port, '-c', '9', '-o', inside('a.json'))} > /dev/full`).exit();
  expectOneLine(exit, 1, /cannot write standard output: no space left/);
  expectResult(written('a.json'));
});

it('has no half a file where files may not grow so large', async () => {
  const exit = await bash(`ulimit -f 1; exec ${client(server.port, '-c', '40', '-o', inside('a.jsonl'))}`).exit();
  expectOneLine(exit, 1, /cannot write .*a\.jsonl: .*limit/);
  expect(exit.stdout).toMatch(/^sent \d+, received/m);
  expect(readdirSync(folder)).toEqual([]);
});

it('writes the file though the reader of the text has gone', async () => {
  const { code, stdout } = await bash(
    `set -o pipefail; ${client(server.port, '-c', '30', '-o', inside('a.json'))} | head -1`,
  ).exit();
  expect([code, stdout.split('\n').length]).toEqual([0, 2]);
  expectResult(written('a.json'));
  expectAsked(written('a.json'), 30);
});

it('leaves no earlier file behind when it is killed', async () => {
  for (const name of ['a.json', 'b.jsonl']) writeFileSync(inside(name), 'earlier');
  const killed = start('udp-client', '127.0.0.1', server.port, '-t', '20', '-i', '10ms', '-o', inside('a.json'));
  const streaming = start('udp-client', '127.0.0.1', server.port, '-t', '20', '-i', '10ms', '-o', inside('b.jsonl'));
  await Promise.all([killed, streaming].map((program) => program.printed(/seq=20 /)));
  const part = `b.jsonl.${streaming.pid}.part`;
  for (const program of [killed, streaming]) program.signal('SIGKILL');
  await Promise.all([killed.exit(), streaming.exit()]);
  expect(readdirSync(folder)).toEqual([part]);
  // What was written of the events can still be read.
  expect(eventsIn(readFileSync(inside(part), 'utf8'))[0]?.type).toBe('start');
});

it('leaves nothing behind when Ctrl-C is pressed twice', async () => {
  const tcp = await serve('tcp-server');
  const client = start(
    'tcp-client',
    '127.0.0.1',
    tcp.port,
    '-t',
    '20',
    '--report-interval',
    '0.2',
    '-o',
    inside('b.jsonl'),
  );
  await client.printed(/^ +\d\.\d+-\d/m);
  // The end is waited for, half a second and more.
  tcp.program.signal('SIGSTOP');
  client.signal('SIGINT');
  await pause(550);
  client.signal('SIGINT');
  const exit = await client.exit(5_000);
  tcp.program.signal('SIGCONT');
  // A busy host may be late with the second.
  expect([0, 1, 130]).toContain(exit.code);
  expect(readdirSync(folder)).toEqual(exit.code === 130 ? [] : ['b.jsonl']);
});

it('writes to pipes, FIFOs and standard output', async () => {
  const substituted = bash(
    `${client(server.port, '-c', '2', '-q', '-o', `>(cat > ${inside('copy')})`, '-o', `jsonl:>(cat > ${inside('events')})`)}; wait; sleep 0.2`,
  );
  expect(await substituted.exit()).toMatchObject({ code: 0, stderr: '' });
  expectResult(written('copy'));
  expect(eventsIn(readFileSync(inside('events'), 'utf8')).length).toBe(4);
  execFileSync('mkfifo', [inside('fifo.jsonl')]);
  const reader = new Program('cat', [inside('fifo.jsonl')]);
  const writer = await run('udp-client', '127.0.0.1', server.port, '-c', '2', '-i', '10ms', '-o', inside('fifo.jsonl'));
  expect(writer).toMatchObject({ code: 0, stderr: '' });
  expect(eventsIn((await reader.exit()).stdout).map(({ type }) => type)).toEqual([
    'start',
    'probe',
    'probe',
    'summary',
  ]);
  const alone = await run('udp-client', '127.0.0.1', server.port, '-c', '2', '-i', '10ms', '-o', 'json:-');
  expectResult(pingOf(alone));
});

it('does not hang where nobody reads, nor where a reader has stopped', async () => {
  execFileSync('mkfifo', [inside('nobody.json'), inside('stopped.jsonl')]);
  const unread = start('udp-client', '127.0.0.1', server.port, '-c', '2', '-o', inside('nobody.json'));
  fillFifo('stopped.jsonl');
  const slow = start(
    'udp-client',
    '127.0.0.1',
    server.port,
    '-c',
    '2',
    '-i',
    '10ms',
    '-q',
    '-o',
    inside('stopped.jsonl'),
  );
  expectOneLine(await unread.exit(20_000), 1, /cannot write .*nobody\.json: nobody reads it/);
  const exit = await slow.exit();
  expectOneLine(exit, 1, /cannot write .*stopped\.jsonl: its reader does not read/);
  expect(exit.stdout).toMatch(/^sent \d+, received/m);
});

/** Opened for both, so that nobody waits for anybody, and filled to the brim. */
function fillFifo(name: string): void {
  const fd = openSync(inside(name), constants.O_RDWR | constants.O_NONBLOCK);
  afterTest(() => closeSync(fd));
  expect(() => {
    for (;;) writeSync(fd, 'x'.repeat(4096));
  }).toThrow('EAGAIN');
}

it('follows a link, and says before the run that two files would be one', async () => {
  symlinkSync('real.json', inside('link.json'));
  const exit = await run('udp-client', '127.0.0.1', server.port, '-c', '1', '-o', inside('link.json'));
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  expectResult(written('real.json'));
  expectOneLine(
    await run('udp-client', '127.0.0.1', server.port, '-o', inside('link.json'), '-o', inside('real.json')),
    2,
    /twice/,
  );
  expect(existsSync(inside('link.json'))).toBe(true);
});
