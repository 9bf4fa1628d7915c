import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { documentIn, documentOf, documentsIn, eventsIn } from './documents';
import { expectOneLine, freePort, type Runner, run, scriptedServer, serve, start, temporaryFolder } from './harness';
import { TRANSPORTS } from './linux-works';
import { expectFailed, expectResult } from './result-shape';

type Case = readonly [code: string, exit: number, runner: Runner, args: readonly (string | number)[]];

/** Runs each command line with a document on the screen, and a stream of events in a file where an earlier one was. */
async function expectTold(cases: readonly Case[]): Promise<void> {
  const folder = temporaryFolder();
  const tell = async ([code, exitCode, runner, args]: Case, at: number): Promise<void> => {
    const file = join(folder, `${at}.jsonl`);
    writeFileSync(file, 'earlier');
    const exit = await run(runner, ...args, '--json', '-o', file);
    expectOneLine(exit, exitCode);
    expectFailed(documentOf(exit), code);
    expectStream(readFileSync(file, 'utf8'), code);
  };
  await Promise.all(cases.map(tell));
}

/** The error by itself, and last the document with the same one. */
function expectStream(text: string, code: string): void {
  expect(eventsIn(text).slice(-2)).toMatchObject([{ type: 'error', code }, { type: 'summary' }]);
  expectFailed(documentIn(text), code);
}

it('tells programs of every failure before the run', async () => {
  const closed = await freePort();
  const udp = await serve('udp-server');
  const answering = (bytes: string): Promise<number> =>
    scriptedServer((socket) => void socket.write(Buffer.from(bytes, 'hex')));
  const gone = await scriptedServer((socket) => socket.once('data', () => void socket.end(Buffer.of(9))));
  await expectTold([
    ['unknown-host', 1, 'tcp-client', ['no-such-host.invalid']],
    ['refused', 1, 'udp-client', ['127.0.0.1', closed, '-b', '1M']],
    ['address-unavailable', 1, 'tcp-client', ['127.0.0.1', udp.port, '--bind', '203.0.113.1']],
    ['address-unavailable', 1, 'udp-client', ['fe80::1%nosuchlink']],
    ['server-refused', 1, 'tcp-client', ['127.0.0.1', udp.port, '-t', '1']],
    ['busy', 1, 'tcp-client', ['127.0.0.1', await answering('ff')]],
    ['server-refused', 1, 'tcp-client', ['127.0.0.1', await answering('09fe0000001b00000000')]],
    ['authentication', 1, 'tcp-client', ['127.0.0.1', await answering('09fe0000008e00000000')]],
    ['protocol', 1, 'tcp-client', ['127.0.0.1', await answering('0902')]],
    ['server-ended', 1, 'tcp-client', ['127.0.0.1', await answering('090b')]],
    ['connection-lost', 1, 'tcp-client', ['127.0.0.1', gone]],
    ['usage', 2, 'udp-client', ['127.0.0.1', '-c', 'ten']],
  ]);
});

it.each(TRANSPORTS)('tells programs why the %s transport cannot begin', async (kind) => {
  const closed = await freePort();
  await expectTold([
    ['unknown-host', 1, 'udp-client', ['no-such-host.invalid', '--transport', kind]],
    ['refused', 1, 'tcp-client', ['127.0.0.1', closed, '--transport', kind]],
    ['address-unavailable', 1, 'udp-client', ['127.0.0.1', closed, '--bind', '203.0.113.1', '--transport', kind]],
  ]);
});

it('tells them in a stream of events, too, also of a command line that cannot be meant', async () => {
  const refused = await run('tcp-client', '127.0.0.1', await freePort(), '--json-stream');
  expectOneLine(refused, 1);
  expectStream(refused.stdout, 'refused');
  const unknown = await run('udp-client', '--nonsense', '--json-stream');
  expectOneLine(unknown, 2);
  expectStream(unknown.stdout, 'usage');
});

it('tells programs that nothing came back, with what was counted', async () => {
  const file = join(temporaryFolder(), 'a.json');
  const args = ['-c', '2', '-i', '10ms', '--timeout', '0.1', '--json', '-o', file];
  const exit = await run('udp-client', '127.0.0.1', await freePort(), ...args);
  expectOneLine(exit, 1, /nobody listens/);
  for (const result of [documentOf(exit), documentIn(readFileSync(file, 'utf8'))]) {
    expectResult(result);
    expect(result).toMatchObject({ complete: false, error: { code: 'refused' }, probes: { received: 0 } });
  }
});

it('tells programs of a load that was cut short, and of one that was interrupted', async () => {
  const { port, program } = await serve('tcp-server', '--json');
  const paced = ['-i', '20ms', '-t', '20', '--report-interval', '0.2', '--json-stream'] as const;
  const stopped = start('tcp-client', '127.0.0.1', port, ...paced);
  await stopped.printed(/"interval"/);
  expect(documentOf(await stopped.interrupt())).toMatchObject({ complete: false, reason: 'interrupted', error: null });
  const broken = start('tcp-client', '127.0.0.1', port, ...paced);
  await broken.printed(/"interval"/);
  const [, exit] = await Promise.all([program.interrupt(), broken.exit()]);
  expectResult(documentOf(exit));
  expect(documentOf(exit).error?.code).toBe('server-ended');
  expect(eventsIn(exit.stdout).at(-2)).toMatchObject({ type: 'error', code: 'server-ended' });
  expect(documentsIn(program.stdout).at(-1)).toMatchObject({ complete: false, error: { code: 'stopped' } });
});

it('a server tells programs why it cannot serve', async () => {
  const { port } = await serve('udp-server');
  const cases = [
    ['udp-server', ['-p', port], 'address-in-use'],
    ['tcp-server', ['-p', '0', '-a', '203.0.113.1', '--transport', 'portable'], 'address-unavailable'],
    ['udp-server', ['-p', '0', '-a', '203.0.113.1'], 'address-unavailable'],
    ['tcp-server', ['-p', 'x'], 'usage'],
  ] as const;
  const tell = async ([runner, args, code]: (typeof cases)[number]): Promise<void> => {
    const exit = await run(runner, ...args, '--json');
    expectOneLine(exit, code === 'usage' ? 2 : 1);
    expectFailed(documentOf(exit), code);
  };
  await Promise.all(cases.map(tell));
  const stream = await run('udp-server', port, '--json-stream');
  expectOneLine(stream, 1);
  expect(eventsIn(stream.stdout)).toMatchObject([{ type: 'error', code: 'address-in-use' }]);
});
