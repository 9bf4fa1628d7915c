import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsIn, type LoadResult, loadIn, loadOf, type Rate } from './documents';
import { documents, type Exit, expectOneLine, run, serve, start, temporaryFolder, whereIpv6 } from './harness';
import { expectNotCutShort, expectResult } from './result-shape';

/** The rate at the receiving end, in whichever direction the load went. */
const rateOf = (result: LoadResult | undefined): Rate => (result?.throughput?.up ?? result?.throughput?.down) as Rate;

/** Expects both ends' documents of one load to show the same figures. */
function expectSameFigures(client: LoadResult, server: LoadResult): void {
  for (const result of [client, server]) {
    expectResult(result);
    expectNotCutShort(result);
    expect(result).toMatchObject({ kind: 'load', peer: { protocol: 'pathgauge' } });
  }
  expect(server.throughput).toEqual(client.throughput);
  expect(server.jitter).toEqual(client.jitter);
  expect(server.datagrams).toEqual(client.datagrams);
  expect(server.streams?.map(({ id, direction, ...figures }) => figures)).toEqual(
    client.streams?.map(({ id, direction, ...figures }) => figures),
  );
  expect(server.owd?.basis).toBe(client.owd?.basis);
  for (const direction of ['up', 'down'] as const) {
    const [mine, theirs] = [client.owd?.[direction], server.owd?.[direction]];
    expect(theirs?.count).toBe(mine?.count);
    // Each end knows the error of its own anchor to the nanosecond, and that of the other in steps.
    for (const name of ['minNs', 'meanNs', 'medianNs', 'maxNs'] as const) {
      expect(Math.abs((theirs?.[name] ?? 0) - (mine?.[name] ?? 0))).toBeLessThan(10_000);
    }
  }
}

function expectWholeMessages(result: LoadResult, length: number): void {
  const rate = rateOf(result);
  expect(rate.messages).toBeGreaterThan(0);
  expect(rate.bytes).toBe((rate.messages ?? 0) * length);
  expect(result.settings.lengthBytes).toBe(length);
  const intervals = result.intervals ?? [];
  expect(intervals.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(rate.bytes);
}

/** A host that was held up has sent fewer, and says so. */
const expectPlanned = (result: LoadResult, messages: number): void =>
  expect(Number(rateOf(result).messages) + Number(result.streams?.[0]?.notSent)).toBe(messages);

it('sends a message an interval, and both ends show the same', async () => {
  const server = await serve('tcp-server', '--json');
  const exit = await run('tcp-client', '127.0.0.1', server.port, '-i', '0.2', '-t', '1', '--json');
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  const client = loadOf(exit);
  const [theirs] = await documents(server, 1);
  expectSameFigures(client, theirs as LoadResult);
  expectWholeMessages(client, 1024);
  expectPlanned(client, 5);
  expect(client).toMatchObject({
    runner: 'tcp-client',
    datagrams: null,
    throughput: { down: null },
    owd: { down: null },
  });
  expect(client.jitter?.upNs).not.toBeNull();
  expect(theirs?.runner).toBe('tcp-server');
});

it('prints the same figures as text at both ends', async () => {
  const server = await serve('tcp-server');
  const exit = await run('tcp-client', '127.0.0.1', server.port, '-i', '50ms', '-t', '1', '--report-interval', '0.4');
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  await server.program.printed(/share its clock|no clock is trusted/);
  const figures = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.replace(/^\[1\] /, ''))
      .filter((line) => /^(throughput|jitter)/.test(line));
  expect(figures(exit.stdout)).toHaveLength(2);
  expect(figures(server.program.stdout)).toEqual(figures(exit.stdout));
  for (const text of [exit.stdout, server.program.stdout]) {
    expect(text).toMatch(/[kM]bit\/s/);
    expect(text).toContain('one-way up');
    expect(text).not.toContain('\u001b');
  }
  // Lines while it runs, at both ends.
  expect(exit.stdout.match(/^ +\d+\.\d+-\d+\.\d+ +s .*$/gm)?.length).toBeGreaterThanOrEqual(2);
  expect(server.program.stdout.match(/^\[1\] +\d+\.\d+-\d+\.\d+ +s .*one-way.*$/gm)?.length).toBeGreaterThanOrEqual(1);
});

it('understands single letters with two dashes, and a default host', async () => {
  const server = await serve('tcp-server', '--json');
  const { port } = server;
  const [dashed, positional, long] = await Promise.all([
    run('tcp-client', '--a', '127.0.0.1', '--p', port, '--i', '0.1', '--l', '500', '--t', '0.5', '--json'),
    run('tcp-client', '-p', port, '-i', '100ms', '-l', '2K', '-t', '500ms', '--json'),
    run('tcp-client', '--address=localhost', `--port=${port}`, '--interval=0.1', '--time=0.5', '--json', '-4'),
  ]);
  const lengths = [500, 2048, 1024];
  [dashed, positional, long].forEach((exit, i) => {
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const result = loadOf(exit);
    expectWholeMessages(result, lengths[i] as number);
    expectPlanned(result, 5);
  });
  expect(await documents(server, 3)).toHaveLength(3);
});

whereIpv6()('runs over IPv6', async () => {
  const { port } = await serve('tcp-server');
  const exit = await run('tcp-client', '::1', port, '-i', '0.1', '-t', '0.3', '--json', '--bind', '::1');
  expectNotCutShort(loadOf(exit));
  expect(loadOf(exit)).toMatchObject({ peer: { address: '::1' } });
});

it('reverses, paces to a rate, and sends as fast as it goes', async () => {
  const server = await serve('tcp-server', '--json');
  const client = (...args: string[]) => run('tcp-client', '127.0.0.1', server.port, '--json', '-t', '0.3', ...args);
  const cases: [length: number, direction: 'up' | 'down', args: string[]][] = [
    [1024, 'down', ['-R', '-i', '0.1']],
    [5000, 'up', ['-b', '4M']],
    [800, 'up', ['-b', '1M', '-l', '800']],
    [5000, 'down', ['-b', '4M', '-R']],
  ];
  const paced = await Promise.all(cases.map(([, , args]) => client(...args)));
  const theirs = await documents(server, cases.length);
  paced.forEach((exit, i) => {
    const [length, direction] = cases[i] as (typeof cases)[number];
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const mine = loadOf(exit);
    expect(mine.throughput?.[direction]).not.toBeNull();
    expect(mine.throughput?.[direction === 'up' ? 'down' : 'up']).toBeNull();
    expectWholeMessages(mine, length);
    const other = theirs.find(({ throughput }) => JSON.stringify(throughput) === JSON.stringify(mine.throughput));
    expectSameFigures(mine, other as LoadResult);
  });
  // A pace is never exceeded: 0.3 s of 4 Mbit/s, and one message more at most.
  for (const i of [1, 3]) {
    expect(rateOf(loadOf(paced[i] as Exit)).bytes).toBeLessThanOrEqual(150_000 + 5000);
  }

  const fastest: [length: number, args: string[]][] = [
    [131_072, ['--max']],
    [1000, ['-i', '0', '-l', '1000']],
    [131_072, ['--max', '-R']],
    [20, ['--max', '-l', '20', '-R']],
  ];
  let done = cases.length;
  for (const [length, args] of fastest) {
    const mine = loadOf(await client(...args));
    expectWholeMessages(mine, length);
    const all = await documents(server, ++done);
    expectSameFigures(mine, all.at(-1) as LoadResult);
    const [stream] = mine.streams ?? [];
    // What TCP took, it delivered.
    expect(stream?.bytes).toBe(stream?.sent?.bytes);
  }
});

it('leaves out what is switched off, at either end', async () => {
  const server = await serve('tcp-server', '--json');
  const silent = await serve('tcp-server', '--no-throughput', '--no-jitter', '--no-owd');
  const args = ['-i', '0.05', '-t', '0.3', '--report-interval', '0.1'];
  const client = (...more: string[]) => run('tcp-client', '127.0.0.1', server.port, ...args, ...more);
  const [noThroughput, noJitter, noOwd, none, reversed, fromSilent] = await Promise.all([
    client('--no-throughput', '--json'),
    client('--no-jitter', '--json'),
    client('--no-owd', '--json'),
    client('--no-throughput', '--no-jitter', '--no-owd'),
    client('--no-owd', '--no-jitter', '-R', '--json'),
    run('tcp-client', '127.0.0.1', silent.port, ...args, '--json'),
  ]);
  for (const exit of [noThroughput, noJitter, noOwd, none, reversed, fromSilent]) {
    expect([exit.code, exit.stderr]).toEqual([0, '']);
  }
  const shown = ({ throughput, jitter, owd }: LoadResult): boolean[] =>
    [throughput, jitter, owd].map((it) => it !== null);
  expect(shown(loadOf(noThroughput))).toEqual([false, true, true]);
  expect(shown(loadOf(noJitter))).toEqual([true, false, true]);
  expect(shown(loadOf(noOwd))).toEqual([true, true, false]);
  expect(shown(loadOf(reversed))).toEqual([true, false, false]);
  expect(none.stdout).not.toMatch(/throughput|jitter|one-way/);
  // The server goes by its own switches.
  for (const result of await documents(server, 5)) expect(result.throughput).not.toBeNull();
  await silent.program.interrupt();
  expect(silent.program.stdout).not.toMatch(/throughput \d|jitter \d|one-way up/);
});

it('serves many clients at once', async () => {
  const server = await serve('tcp-server', '--json');
  const lengths = [100, 200, 300, 400, 500, 600];
  const exits = await Promise.all(
    lengths.map((length, i) =>
      run(
        'tcp-client',
        '127.0.0.1',
        server.port,
        ...['-i', '0.05', '-t', '1', '-l', length, '--json'],
        ...(i % 2 ? ['-R'] : []),
      ),
    ),
  );
  const theirs = await documents(server, lengths.length);
  exits.forEach((exit, i) => {
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const mine = loadOf(exit);
    expectWholeMessages(mine, lengths[i] as number);
    expectSameFigures(mine, theirs.find(({ settings }) => settings.lengthBytes === lengths[i]) as LoadResult);
  });
  const stopped = await server.program.interrupt();
  expect(stopped.code).toBe(0);
});

it('counts its clients, and numbers their lines', async () => {
  const server = await serve('tcp-server');
  const client = () => run('tcp-client', '127.0.0.1', server.port, '-i', '0.1', '-t', '0.3', '-q');
  const exits = await Promise.all([client(), client()]);
  for (const { code } of exits) expect(code).toBe(0);
  const { code, stdout } = await server.program.interrupt();
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\[1\] throughput/m);
  expect(stdout).toMatch(/^\[2\] throughput/m);
  expect(stdout).toContain('load tests 2,');
});

it('stops after one test under --once', async () => {
  const server = await serve('tcp-server', '--once');
  expect((await run('tcp-client', '127.0.0.1', server.port, '-i', '0.1', '-t', '0.2')).code).toBe(0);
  expect((await server.program.exit()).code).toBe(0);
});

it('writes documents and events to files', async () => {
  const { port } = await serve('tcp-server');
  const folder = temporaryFolder();
  const [json, lines] = [join(folder, 'a.json'), join(folder, 'a.jsonl')];
  const exit = await run('tcp-client', '127.0.0.1', port, '-i', '0.1', '-t', '0.5', '-o', json, '-o', lines, '-q');
  expect(exit.code).toBe(0);
  const result = loadIn(readFileSync(json, 'utf8'));
  expectResult(result);
  const events = eventsIn(readFileSync(lines, 'utf8'));
  expect(events[0]?.type).toBe('start');
  expect(events.at(-1)).toMatchObject({ type: 'summary', result });
});

it('prints its summary on Ctrl-C, and the server agrees', async () => {
  const server = await serve('tcp-server', '--json');
  const forward = start(
    'tcp-client',
    '127.0.0.1',
    server.port,
    '-i',
    '50ms',
    '--report-interval',
    '0.2',
    '--json-stream',
  );
  const reverse = start(
    'tcp-client',
    '127.0.0.1',
    server.port,
    '--max',
    '-R',
    '--report-interval',
    '0.2',
    '--json-stream',
  );
  await Promise.all([forward.printed(/"interval"/), reverse.printed(/"interval"/)]);
  const exits = await Promise.all([forward.interrupt(), reverse.interrupt()]);
  const theirs = await documents(server, 2);
  for (const exit of exits) {
    const mine = loadIn(exit.stdout);
    expectResult(mine);
    expect(mine).toMatchObject({ complete: false, reason: 'interrupted' });
    // Nobody who has pressed Ctrl-C waits for long: a busy host may be too slow to say in time what has arrived.
    if (exit.code !== 0) {
      expectOneLine(exit, 1, /interrupted before anything came back/);
      continue;
    }
    expect(exit.stderr).toBe('');
    expect(rateOf(mine).bytes).toBeGreaterThan(0);
    expect(theirs.map((result) => rateOf(result))).toContainEqual(rateOf(mine));
  }
});
