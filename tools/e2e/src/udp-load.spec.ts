import { type LoadResult, loadIn, loadOf, pingOf } from './documents';
import { documents, run, serve, start } from './harness';
import { expectAsked, expectNotCutShort, expectResult } from './result-shape';

/** Expects exact accounting, and the same at both ends. */
function expectExact(
  client: LoadResult,
  server: LoadResult | undefined,
  direction: 'up' | 'down',
  length: number,
): void {
  expectResult(client);
  expectResult(server as LoadResult);
  const { sent, received, lost, lostUp, lostDown, late } = client.datagrams ?? {};
  expect(Number(received) + Number(lost)).toBe(sent);
  expect([direction === 'up' ? lostUp : lostDown, late]).toEqual([lost, 0]);
  expect(direction === 'up' ? lostDown : lostUp).toBeNull();
  expect(received).toBeGreaterThan(0);
  expect(client.throughput?.[direction]).toMatchObject({ messages: received, bytes: Number(received) * length });
  expect(client.streams?.[0]?.sent).toMatchObject({ messages: sent, bytes: Number(sent) * length });
  expect(server?.datagrams).toEqual(client.datagrams);
  expect(server?.throughput).toEqual(client.throughput);
  expect(server?.jitter).toEqual(client.jitter);
  expectNotCutShort(client);
  expect(client).toMatchObject({ kind: 'load', peer: { protocol: 'pathgauge' } });
  expect(client.owd?.[direction]?.count).toBe(received);
}

it('accounts exactly for a paced load, up and down', async () => {
  const server = await serve('udp-server', '--json');
  const client = (...args: string[]) => run('udp-client', '127.0.0.1', server.port, '-t', '0.5', '--json', ...args);
  const cases: [length: number, direction: 'up' | 'down', args: string[]][] = [
    [1400, 'up', ['-b', '2M']],
    [1400, 'down', ['-b', '2M', '-R']],
    [200, 'up', ['-b', '500K', '-l', '200']],
    [16, 'down', ['-b', '50K', '-l', '16', '-R']],
  ];
  const exits = await Promise.all(cases.map(([, , args]) => client(...args)));
  const theirs = await documents(server, cases.length);
  exits.forEach((exit, i) => {
    const [length, direction] = cases[i] as (typeof cases)[number];
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const mine = loadOf(exit);
    const other = theirs.find(
      ({ settings, throughput }) => settings.lengthBytes === length && throughput?.[direction] != null,
    );
    expectExact(mine, other, direction, length);
  });
  // 0.5 s of 2 Mbit/s in datagrams of 1400 bytes: the pace is never exceeded.
  expect(loadOf(exits[0] as never).datagrams?.sent).toBeLessThanOrEqual(Math.ceil((0.5 * 2e6) / 8 / 1400));
});

it('accounts exactly for a load as fast as it goes', async () => {
  const server = await serve('udp-server', '--json');
  let count = 0;
  for (const [direction, args] of [
    ['up', ['--max']],
    ['down', ['--max', '-R']],
    ['up', ['--max', '-l', '9000']],
  ] as const) {
    const exit = await run('udp-client', '127.0.0.1', server.port, '-t', '0.3', '--json', ...args);
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const theirs = await documents(server, ++count);
    expectExact(loadOf(exit), theirs.at(-1), direction, args.includes('9000' as never) ? 9000 : 1400);
  }
});

it('prints loss, throughput and jitter as text at both ends', async () => {
  const server = await serve('udp-server');
  const exit = await run('udp-client', '127.0.0.1', server.port, '-b', '1M', '-t', '0.5', '--report-interval', '0.2');
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  const { stdout, code } = await server.program.interrupt();
  expect(code).toBe(0);
  const figures = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.replace(/^\[1\] /, ''))
      .filter((line) => /^(throughput|sent|duplicates|jitter)/.test(line));
  expect(figures(exit.stdout)).toHaveLength(4);
  expect(figures(stdout)).toEqual(figures(exit.stdout));
  expect(exit.stdout).toMatch(/sent (\d+), received (\d+), lost (\d+) \(.* % loss\)/);
  expect(exit.stdout).toContain('one-way up');
});

it('leaves out what is switched off', async () => {
  const server = await serve('udp-server', '--json');
  const off = ['--no-throughput', '--no-jitter', '--no-owd'];
  const exit = await run('udp-client', '127.0.0.1', server.port, '-b', '1M', '-t', '0.3', '--json', ...off);
  expect(exit.code).toBe(0);
  expect(loadOf(exit)).toMatchObject({ throughput: null, jitter: null, owd: null });
});

it('serves loads and probes at once', async () => {
  const server = await serve('udp-server', '--json');
  const exits = await Promise.all([
    run('udp-client', '127.0.0.1', server.port, '-b', '1M', '-t', '1', '-l', '1001', '--json'),
    run('udp-client', '127.0.0.1', server.port, '-b', '1M', '-t', '1', '-l', '1002', '--json', '-R'),
    run('udp-client', '127.0.0.1', server.port, '-b', '1M', '-t', '1', '-l', '1003', '--json'),
    run('udp-client', '127.0.0.1', server.port, '-i', '20ms', '-c', '30', '--json'),
  ]);
  for (const exit of exits) expect([exit.code, exit.stderr]).toEqual([0, '']);
  const theirs = await documents(server, 3);
  exits.slice(0, 3).forEach((exit, i) => {
    const other = theirs.find(({ settings }) => settings.lengthBytes === 1001 + i);
    expectExact(loadOf(exit), other, i === 1 ? 'down' : 'up', 1001 + i);
  });
  const ping = pingOf(exits[3]);
  expect(ping.probes?.received).toBe(expectAsked(ping, 30));
});

it('ends early with its summary on Ctrl-C', async () => {
  const server = await serve('udp-server', '--json');
  const args = ['-b', '1M', '--report-interval', '0.2', '--json-stream'];
  const clients = [
    start('udp-client', '127.0.0.1', server.port, ...args),
    start('udp-client', '127.0.0.1', server.port, ...args, '-R'),
  ];
  await Promise.all(clients.map((client) => client.printed(/"interval"/)));
  const exits = await Promise.all(clients.map((client) => client.interrupt()));
  const theirs = await documents(server, 2);
  for (const exit of exits) {
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const mine = loadIn(exit.stdout);
    expectResult(mine);
    expect(mine).toMatchObject({ complete: false, reason: 'interrupted' });
    expect(theirs.map(({ datagrams }) => datagrams)).toContainEqual(mine.datagrams);
  }
});
