import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { eventsOf } from './documents';
import { HAS_IPV6, type Program, pause, serve, start } from './harness';
import { TRANSPORTS } from './linux-works';
import { stampRequest } from './stamp';

interface Totals {
  probesAnswered: number;
  datagramsIgnored: number;
  ignored: Record<string, number>;
}

/**
 * Two servers, of which the first reads `forged` in the name of the second one: it is stopped until the port that they were
 * sent from is the second server's. Resolves with the totals of both once nothing more should go round.
 */
async function loop(
  forged: readonly Uint8Array[],
  host: string,
  options: readonly string[],
  ofSecond = options,
): Promise<[Totals, Totals]> {
  const args = ['-a', host, '--json-stream'];
  const first = await serve('udp-server', ...args, ...options);
  await stop(first.program);
  const forger = createSocket(host.includes(':') ? 'udp6' : 'udp4').bind(0, host);
  await once(forger, 'listening');
  const { port } = forger.address();
  for (const each of forged) forger.send(each, first.port, host);
  await pause(100);
  forger.close();
  await once(forger, 'close');
  const second = start('udp-server', port, ...args, ...ofSecond);
  await second.printed(/"listening"/);
  first.program.signal('SIGCONT');
  await Promise.any([first.program, second].map((each) => each.printed(/"code":"ignored"/)));
  await pause(300);
  return Promise.all([totalsOf(first.program), totalsOf(second)]);
}

/** A busy system stops a process when it gets around to it. */
async function stop(program: Program): Promise<void> {
  program.signal('SIGSTOP');
  for (let tries = 0; tries < 500; tries++) {
    if (/\) T /.test(readFileSync(`/proc/${program.pid}/stat`, 'latin1'))) return;
    await pause(10);
  }
  throw new Error('not stopped');
}

async function totalsOf(server: Program): Promise<Totals> {
  const { code, stdout } = await server.interrupt();
  expect(code).toBe(0);
  return eventsOf(stdout, 'stopped')[0]?.totals as Totals;
}

/** The same over IPv4 and IPv6 at once, where there is IPv6. */
const bothWays = (forged: readonly Uint8Array[], ...options: string[]): Promise<[Totals, Totals][]> =>
  Promise.all(['127.0.0.1', ...(HAS_IPV6 ? ['::1'] : [])].map((host) => loop(forged, host, options)));

it.each(TRANSPORTS)('ends each loop of two --echo servers at its own datagram (%s)', async (kind) => {
  const forged = Array.from({ length: 20 }, (_, i) => Buffer.from(`forged ${i}`));
  for (const [one, two] of await bothWays(forged, '--echo', '--transport', kind)) {
    // Each goes round until it is dropped, which happens once.
    expect((one.ignored['repeat'] ?? 0) + (two.ignored['repeat'] ?? 0)).toBe(forged.length);
    expect(one.datagramsIgnored + two.datagramsIgnored).toBe(forged.length);
  }
});

it.each(TRANSPORTS)('lets a forged request pass between two reflectors once (%s)', async (kind) => {
  const forged = Array.from({ length: 20 }, (_, sequence) => stampRequest({ sequence }));
  for (const [one, two] of await bothWays(forged, '--transport', kind)) {
    expect([one.probesAnswered, two.probesAnswered]).toEqual([forged.length, 0]);
    expect([one.ignored, two.ignored]).toEqual([{}, { reply: forged.length }]);
  }
});

it('ends between an echo and a reflector at the reply', async () => {
  const [echo, reflector] = await loop([stampRequest({ sequence: 1 })], '127.0.0.1', ['--echo'], []);
  // The echo sends the forged request on, gets its reply, sends that back, and the reflector knows it for a reply.
  expect([echo.datagramsIgnored, reflector.probesAnswered]).toEqual([0, 1]);
  expect(reflector.ignored).toEqual({ reply: 1 });
});
