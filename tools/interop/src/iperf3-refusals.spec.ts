import { cookie, expectOneLine, run, serve, until, Wire } from '../../e2e/src/harness';
import type { Exit } from '../../e2e/src/program';
import { iperf3, iperf3Listening } from './iperf3';
import { IPERF3, iperf3Has, withPeers } from './peers';

/** As docs/security.md says. */
const MAX_TESTS_OF_ADDRESS = 64;

const client = (port: number, ...args: string[]): Promise<Exit> =>
  iperf3('-c', '127.0.0.1', '-p', port, '-t', 1, '-b', '1M', ...args).exit();

/** A test whose client then says no more, up to TEST_RUNNING. */
async function beginTest(port: number): Promise<Wire> {
  const control = await Wire.connect(port);
  const name = cookie();
  control.send(name);
  await control.byte();
  control.sendJson({ tcp: true, time: 10, parallel: 1, len: 1024 });
  await control.byte();
  const stream = await Wire.connect(port);
  stream.send(name);
  await control.bytes(2);
  return control;
}

/** iperf3 says it in a line, whatever else it prints, and fails. */
function expectRefused({ code, stdout, stderr }: Exit, words: RegExp): void {
  expect(code).toBe(1);
  expect(`${stdout}${stderr}`).toMatch(words);
}

withPeers(IPERF3)('a server of ours refuses', () => {
  it('iperf3 while as many tests run as one address may have: busy, in the words of iperf3', async () => {
    const server = await serve('tcp-server');
    const running = await Promise.all(Array.from({ length: MAX_TESTS_OF_ADDRESS }, () => beginTest(server.port)));
    expectRefused(await client(server.port), /the server is busy running a test. try again later/);
    for (const wire of running) wire.destroy();
    await until('room', async () => (await client(server.port)).code === 0);
  });

  it.each([
    [['-R', '-L', '5'], /unable to set IPv6 flow label/],
    [['--bidir', '-L', '5'], /unable to set IPv6 flow label/],
  ])('iperf3 %j at tcp-server, in the words of iperf3', async (args, words) => {
    const server = await serve('tcp-server');
    expectRefused(await iperf3('-c', '::1', '-p', server.port, '-t', 1, '-b', '1M', ...args).exit(), words);
    expect((await client(server.port)).code).toBe(0);
  });

  it('iperf3 -u at tcp-server and iperf3 at udp-server, which then serve on', async () => {
    const [tcp, udp] = await Promise.all([serve('tcp-server'), serve('udp-server')]);
    const [atTcp, atUdp] = await Promise.all([client(tcp.port, '-u'), client(udp.port)]);
    for (const refused of [atTcp, atUdp]) expectRefused(refused, /error - .+/);
    for (const good of await Promise.all([client(tcp.port), client(udp.port, '-u')])) expect(good.code).toBe(0);
  });
});

withPeers(IPERF3)('an iperf3 server refuses', () => {
  it.each(['tcp-client', 'udp-client'] as const)('%s while it is busy: one line', async (runner) => {
    const port = await iperf3Listening();
    const first = iperf3('-c', '127.0.0.1', '-p', port, '-t', 2, '-b', '1M', '--forceflush');
    await first.printed(/connected to/);
    expectOneLine(await run(runner, '127.0.0.1', port, '-t', '1', '-b', '1M'), 1, /busy/);
  });

  it.each(['tcp-client', 'udp-client'] as const)('%s a rate above --server-bitrate-limit: one line', async (runner) => {
    const port = await iperf3Listening('--server-bitrate-limit', '1M');
    // 3.12 closes the connection without a word.
    expectOneLine(await run(runner, '127.0.0.1', port, '-t', '1', '-b', '50M'), 1, /rate|limit|closed the connection/);
  });

  (iperf3Has('--server-max-duration') ? it : it.skip)(
    'tcp-client a time above --server-max-duration: one line',
    async () => {
      const port = await iperf3Listening('--server-max-duration', '1');
      expectOneLine(await run('tcp-client', '127.0.0.1', port, '-t', '5', '-b', '1M'), 1, /duration/);
    },
  );

  it('udp-client -P 129 is told the most that there may be', async () => {
    const port = await iperf3Listening();
    const exit = await run('udp-client', '127.0.0.1', port, '-P', '129', '-t', '1', '-b', '1M');
    expectOneLine(exit, 2, /128/);
  });
});
