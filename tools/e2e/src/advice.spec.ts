import { cpSync } from 'node:fs';
import { join } from 'node:path';
import {
  APPS,
  type Exit,
  expectOneLine,
  freePort,
  Program,
  type Runner,
  run,
  scriptedServer,
  serve,
  temporaryFolder,
} from './harness';
import { TRANSPORTS } from './linux-works';

// What the runners add to what libraries say, to the letter: on standard error, and wherever the document has it.

interface Event {
  readonly type: string;
  readonly result?: unknown;
}

const lineOf = ({ stderr }: Exit): string => stderr.trimEnd();
const eventsOf = ({ stdout }: Exit): Event[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);

/** The messages of a stream of events that ended with `words`: of the error, and in the document. */
function expectWords(exit: Exit, runner: Runner, words: string): void {
  expectOneLine(exit, 1);
  expect(lineOf(exit)).toBe(`${runner}: ${words}`);
  const [error, summary] = eventsOf(exit).slice(-2);
  expect(error).toMatchObject({ type: 'error', message: words });
  expect(summary?.result).toMatchObject({ reason: words, error: { message: words } });
}

it.each(TRANSPORTS)('a port on which nobody listens: who should, on the %s transport', async (kind) => {
  const port = await freePort();
  const args = ['-c', '2', '-i', '10ms', '--timeout', '0.1', '--transport', kind, '--json-stream'];
  const exit = await run('udp-client', '127.0.0.1', port, ...args);
  const words = `127.0.0.1:${port} answers that nobody listens on that UDP port; is udp-server running there?`;
  expectWords(exit, 'udp-client', words);
  const events = eventsOf(exit);
  expect(events.find(({ type }) => type === 'notice')).toMatchObject({ code: 'ECONNREFUSED', message: words });
  expect(events.at(-1)?.result).toMatchObject({
    notices: [{ code: 'ECONNREFUSED', message: words }],
    icmp: [{ text: words }],
  });
});

it('a port in use: which option chooses another, and who may have it', async () => {
  const port = await scriptedServer(() => {});
  const words = `cannot listen on TCP port ${port}: it is in use; stop what listens there, or choose another with -p (a udp-server has TCP for its load tests)`;
  const exit = await run('tcp-server', port, '-a', '127.0.0.1', '--json-stream');
  expectOneLine(exit, 1);
  expect(lineOf(exit)).toBe(`tcp-server: ${words}`);
  expect(eventsOf(exit)).toMatchObject([{ type: 'error', code: 'address-in-use', message: words }]);
});

it('a test of another kind: which server serves it', async () => {
  const { port } = await serve('udp-server', '-a', '127.0.0.1');
  expectWords(
    await run('tcp-client', '127.0.0.1', port, '-t', '1', '--json-stream'),
    'tcp-client',
    `127.0.0.1:${port}: the server does not serve this kind of test (udp-server serves UDP load, tcp-server TCP)`,
  );
});

it('what takes the linux transport: by its option', async () => {
  const folder = join(temporaryFolder(), 'udp-client');
  cpSync(join(APPS, 'udp-client'), folder, { recursive: true, filter: (path) => !/node_modules$/.test(path) });
  for (const [option, ...more] of [['--dscp', 'EF'], ['--dont-fragment'], ['--dscp', 'EF', '--max']]) {
    const args = [folder, '127.0.0.1', String(await freePort()), String(option), ...more, '--json-stream'];
    expectWords(
      await new Program(process.execPath, args).exit(),
      'udp-client',
      `${option} needs the linux transport, which does not work here: the linux transport needs the package koffi, which is not installed`,
    );
  }
});
