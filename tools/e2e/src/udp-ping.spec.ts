import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventsIn, pingIn, pingOf } from './documents';
import {
  APPS,
  type Exit,
  expectNoStack,
  expectOneLine,
  Program,
  run,
  serve,
  start,
  temporaryFolder,
  whereIpv6,
  whereProgram,
} from './harness';
import { expectAsked, expectAskedText, expectResult } from './result-shape';

const ESCAPE = '\u001b';
const probeLines = ({ stdout }: Pick<Exit, 'stdout'>): string[] =>
  stdout.split('\n').filter((line) => line.startsWith('seq='));

it('sends ten probes by default, prints a line each and a summary', async () => {
  const { port, program } = await serve('udp-server');
  const exit = await run('udp-client', '127.0.0.1', port, '-i', '20ms');
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  const sent = expectAskedText(exit.stdout, 10);
  expect(probeLines(exit)).toHaveLength(sent);
  probeLines(exit).forEach((line, i) => {
    expect(line).toMatch(new RegExp(`^seq=${i} bytes=64 rtt=\\d+\\.\\d+ ms$`));
  });
  const words = ['loss', 'min', 'avg', 'max', 'median', 'p95', 'p99', 'stddev', 'jitter', 'one-way up', 'one-way down'];
  for (const word of words) expect(exit.stdout).toContain(word);
  expect(exit.stdout).not.toContain(ESCAPE);

  const stopped = await program.interrupt();
  expect(stopped).toMatchObject({ code: 0, stderr: '' });
  // And the probes that close the session: one, or more where the answer takes its time.
  const answered = Number(/probes answered (\d+) in 1 sessions/.exec(stopped.stdout)?.[1]);
  expect(answered).toBeGreaterThan(sent);
  expect(stopped.stdout).not.toContain(ESCAPE);
});

it('takes count, time, length, timeout, TTL and bind address', async () => {
  const { port, program } = await serve('udp-server');
  const client = (...args: string[]) => run('udp-client', '127.0.0.1', port, '--json', ...args);
  const [count, time, both, long, short, ttl, bound] = await Promise.all([
    client('-c', '3', '-i', '20ms'),
    client('-t', '0.2', '-i', '20ms'),
    client('-t', '10', '-i', '20ms', '-c', '2'),
    client('-l', '9000', '-c', '2', '-i', '0.02'),
    client('-l', '44B', '-c', '2', '-i', '20ms'),
    client('--ttl', '3', '-c', '2', '-i', '20ms', '--timeout', '3s'),
    client('--bind', '127.0.0.2', '-c', '2', '-i', '20ms'),
  ]);
  expect([count, time, both, long, short, ttl, bound].map(({ code, stderr }) => [code, stderr])).toEqual(
    Array(7).fill([0, '']),
  );
  const asked = [3, 10, 2, 2, 2, 2, 2];
  const sent = [count, time, both, long, short, ttl, bound].map((exit, i) => {
    const result = pingOf(exit);
    expect(result.probes?.received).toBe(result.probes?.sent);
    return expectAsked(result, asked[i] as number);
  });
  expect(pingOf(long).settings.lengthBytes).toBe(9000);
  expect(pingOf(short).settings.lengthBytes).toBe(44);
  await program.printed(/probes from 127\.0\.0\.2:\d+/);
  const answered = /probes answered (\d+) in 7 sessions/.exec((await program.interrupt()).stdout)?.[1];
  // Each session is closed by a probe more, or a few.
  expect(Number(answered)).toBeGreaterThanOrEqual(sent.reduce((sum, each) => sum + each) + 7);
});

it('sends the next probe as soon as the reply is in under -i 0', async () => {
  const { port } = await serve('udp-server');
  const [byCount, byTime] = await Promise.all([
    run('udp-client', '127.0.0.1', port, '-i', '0', '-c', '200', '--json'),
    run('udp-client', '127.0.0.1', port, '-i', '0', '-t', '0.3', '--json', '-q'),
  ]);
  const result = pingOf(byCount);
  expectResult(result);
  expect(result.probes).toMatchObject({ sent: 200, received: 200, reordered: 0 });
  // There is no schedule to keep.
  expect(result.sendErrorNs).toBeNull();
  expect(byTime.code).toBe(0);
  expect(pingOf(byTime).durationNs).toBeGreaterThanOrEqual(0.3e9);
});

it('understands host names, and both ways to name a server', async () => {
  const { port } = await serve('udp-server');
  const few = ['-c', '2', '-i', '20ms'] as const;
  const exits = await Promise.all([
    run('udp-client', 'localhost', port, '-4', ...few),
    run('udp-client', '-a', '127.0.0.1', '-p', port, ...few),
    run('udp-client', '--address', 'localhost', '--port', port, ...few),
    run('udp-client', '--a', '127.0.0.1', '--p', port, '--i', '0.02', '--l', '100', '--t', '0.1'),
    run('udp-client', '-p', port, ...few),
  ]);
  for (const exit of exits) expect([exit.code, exit.stderr]).toEqual([0, '']);
  expect(exits[0]?.stdout).toMatch(/^localhost \(127\.0\.0\.1\) port/);
  expect(probeLines(exits[3] as Exit)).toHaveLength(expectAskedText(exits[3]?.stdout ?? '', 5));
  expect(exits[3]?.stdout).toContain('bytes=100');
});

whereIpv6()('measures over IPv6', async () => {
  const { port } = await serve('udp-server');
  const [literal, forced, wrongFamily] = await Promise.all([
    run('udp-client', '::1', port, '-c', '2', '-i', '20ms', '--json'),
    run('udp-client', '::1', port, '-6', '-c', '2', '-i', '20ms', '--json'),
    run('udp-client', '::1', port, '-4', '-c', '2', '-i', '20ms'),
  ]);
  for (const exit of [literal, forced]) {
    const result = pingOf(exit);
    expectResult(result);
    expect(result.peer).toMatchObject({ address: '::1', protocol: 'stamp' });
    const sent = expectAsked(result, 2);
    expect(result.probes).toMatchObject({ sent, received: sent });
  }
  expectOneLine(wrongFamily, 1);
});

it('prints one document and nothing else under --json', async () => {
  const { port } = await serve('udp-server');
  const exit = await run('udp-client', '127.0.0.1', port, '-c', '12', '-i', '10ms', '--json');
  expect(exit.stderr).toBe('');
  const result = pingOf(exit);
  expectResult(result);
  const sent = expectAsked(result, 12);
  expect(result).toMatchObject({
    runner: 'udp-client',
    kind: 'ping',
    peer: { host: '127.0.0.1', address: '127.0.0.1', port, protocol: 'stamp' },
    probes: { sent, received: sent, lost: 0, duplicates: 0, reordered: 0, late: 0 },
  });
  expect(result.rtt?.count).toBe(sent);
  // Both directions together are the round trip less the server's own time.
  const together = (result.owd?.up?.meanNs ?? 0) + (result.owd?.down?.meanNs ?? 0);
  expect(Math.abs(together - (result.rtt?.meanNs ?? 0))).toBeLessThan(1_000);
});

it('leaves out what is switched off', async () => {
  const { port } = await serve('udp-server');
  const [json, text] = await Promise.all([
    run('udp-client', '127.0.0.1', port, '-c', '3', '-i', '10ms', '--no-owd', '--no-jitter', '--json'),
    run('udp-client', '127.0.0.1', port, '-c', '3', '-i', '10ms', '--no-owd', '--no-jitter'),
  ]);
  const result = pingOf(json);
  expectResult(result);
  expect(result).toMatchObject({ owd: null, jitter: null });
  expect(text.stdout).not.toMatch(/one-way|jitter/);
});

it('writes files beside what it prints', async () => {
  const { port } = await serve('udp-server');
  const folder = temporaryFolder();
  const [json, lines] = [join(folder, 'run.json'), join(folder, 'run.jsonl')];
  const exit = await run('udp-client', '127.0.0.1', port, '-c', '4', '-i', '10ms', '-o', json, '-o', lines);
  expect(exit).toMatchObject({ code: 0, stderr: '' });
  const result = pingIn(readFileSync(json, 'utf8'));
  expectResult(result);
  const sent = expectAsked(result, 4);
  expect(probeLines(exit)).toHaveLength(sent);
  expect(result.probes?.received).toBe(sent);
  const events = eventsIn(readFileSync(lines, 'utf8'));
  expect(events.map(({ type }) => type)).toEqual(['start', ...Array(sent).fill('probe'), 'summary']);
  expect(pingIn(readFileSync(lines, 'utf8'))).toEqual(result);
});

it('prints one event a line under --json-stream', async () => {
  const { port } = await serve('udp-server');
  const exit = await run('udp-client', '127.0.0.1', port, '-c', '3', '-i', '10ms', '--json-stream');
  const events = eventsIn(exit.stdout);
  const result = pingOf(exit);
  expectResult(result);
  const sent = expectAsked(result, 3);
  expect(events).toMatchObject([
    { type: 'start' },
    ...Array.from({ length: sent }, (_, sequence) => ({ type: 'probe', sequence, outcome: 'received' })),
    { type: 'summary' },
  ]);
});

it('prints the summary alone under --quiet', async () => {
  const { port } = await serve('udp-server');
  const exit = await run('udp-client', '127.0.0.1', port, '-c', '3', '-i', '10ms', '-q');
  expect(exit.code).toBe(0);
  expect(probeLines(exit)).toEqual([]);
  expectAskedText(exit.stdout, 3);
});

it('prints its summary on Ctrl-C', async () => {
  const { port, program } = await serve('udp-server');
  const [text, json, early] = [
    start('udp-client', '127.0.0.1', port, '-i', '50ms', '-t', '60'),
    start('udp-client', '127.0.0.1', port, '-i', '50ms', '-c', '1000', '--json-stream'),
    start('udp-client', '127.0.0.1', port, '--bind', '127.0.0.3', '-i', '30'),
  ];
  await Promise.all([
    text.printed(/seq=2 /),
    json.printed(/"sequence":2/),
    // A probe's line waits for the next reply, which tells when the one before it left.
    program.printed(/probes from 127\.0\.0\.3/),
  ]);
  const exits = await Promise.all([text.interrupt(), json.interrupt(), early.interrupt()]);
  for (const exit of exits) expect([exit.code, exit.stderr]).toEqual([0, '']);
  expect(exits[0].stdout).toMatch(/sent \d+, received \d+, lost \d+/);
  expect(exits[0].stdout).toContain('interrupted');
  const result = pingOf(exits[1]);
  expectResult(result);
  expect(result).toMatchObject({ complete: false, reason: 'interrupted' });
  expect(exits[2].stdout).toContain('sent 1, received 1');
});

whereProgram('script', it)('colours on a terminal only, and never under NO_COLOR', async () => {
  const { port } = await serve('udp-server');
  const command = `'${process.execPath}' '${join(APPS, 'udp-client')}' 127.0.0.1 ${port} -c 2 -i 10ms`;
  const onTerminal = (env: NodeJS.ProcessEnv) =>
    new Program('script', ['-qec', command, '/dev/null'], { TERM: 'xterm', ...env }).exit();
  const [coloured, plain] = await Promise.all([onTerminal({ NO_COLOR: '' }), onTerminal({ NO_COLOR: '1' })]);
  expect(coloured.stdout).toMatch(new RegExp(`${ESCAPE}\\[\\d+m`));
  expect(plain.stdout).toMatch(/received [12],/);
  expect(plain.stdout).not.toMatch(new RegExp(`${ESCAPE}\\[\\d+m`));
  expectNoStack(coloured);
});

it.each([
  [['7001'], /'7001' is not a host; for a port write -p 7001/],
  [['127.0.0.1', '--json=foo'], /--json takes no value/],
])('takes a slip for one: %p', async (args, message) => {
  const exit = await run('udp-client', ...args, '-c', '1');
  expect(exit.code).toBe(2);
  expect(exit.stderr).toMatch(message);
});

it('ends its probes in time where the schedule cannot be kept', async () => {
  const { port } = await serve('udp-server');
  const exit = await run('udp-client', '127.0.0.1', port, '-i', '1us', '-t', '1', '--json');
  const { probes, complete, reason } = pingOf(exit);
  expect({ code: exit.code, complete, reason }).toEqual({
    code: 0,
    complete: false,
    reason: 'not everything was sent',
  });
  expect(Number(probes?.sent) + Number(probes?.notSent)).toBe(1_000_000);
  expect(Number(probes?.received) + Number(probes?.lost)).toBe(probes?.sent);
});

it('counts two signals at once as one Ctrl-C', async () => {
  const { port } = await serve('udp-server');
  const client = start('udp-client', '127.0.0.1', port, '-i', '50ms', '-t', '30');
  await client.printed(/seq=2/);
  client.signal('SIGINT');
  const exit = await client.interrupt();
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  expect(exit.stdout).toMatch(/^incomplete: interrupted$/m);
});
