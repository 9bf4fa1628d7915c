import { type PingResult, pingOf } from './documents';
import { emulate, passagesOf } from './emulated-link';
import { pause, start, until, where } from './harness';
import { linuxWorks, TRANSPORTS } from './linux-works';
import { expectAsked, expectResult } from './result-shape';

// A host that does nothing for a while: its program is stopped, and goes on later. Nothing here asks how long anything took:
// how long the program was stopped is seen at the link, by when it sent nothing.

const INTERVAL_NS = 20e6;
/** The system takes a moment to stop a program that it has just put aside for another. */
const STOPPING_MS = 100;
/** A reply that was at the link for less than this was there within a timeout of 60 ms. */
const MARGIN_NS = 5e6;

/** The longest that nothing came to the link between one probe and the next, and what came within 100 ms after any instant. */
function paceOf(arrivals: readonly number[]) {
  const gaps = arrivals.slice(1).map((at, i) => at - (arrivals[i] as number));
  const crowds = arrivals.map((from) => arrivals.filter((at) => at >= from && at < from + 100e6).length);
  return { longestGapNs: Math.max(...gaps), densest: Math.max(...crowds) };
}

async function stopped(transport: string, stopMs: number) {
  const emulator = await emulate({ seed: 41 });
  const args = ['-i', '20ms', '-t', '5', '--transport', transport];
  const client = start('udp-client', '127.0.0.1', emulator.port, ...args, '--json');
  await until('fifty probes', () => emulator.passages.length >= 50);
  client.signal('SIGSTOP');
  await pause(stopMs);
  client.signal('SIGCONT');
  const exit = await client.exit();
  expect([exit.code, exit.stderr]).toEqual([0, '']);
  const result = pingOf(exit);
  expectResult(result);
  // Closing probes are none of the run's.
  const sent = Number(result.probes?.sent);
  const arrivals = passagesOf(emulator)
    .filter(({ direction }) => direction === 'up')
    .map(({ cameAt }) => cameAt);
  return { result, arrivals: arrivals.slice(0, sent) };
}

describe.each(TRANSPORTS)('a client that was stopped, %s', (transport) => {
  it.each([1_000, 2_500])('for %d ms makes up for nothing, and says so', async (stopMs) => {
    const { result, arrivals } = await stopped(transport, stopMs);
    const sent = expectAsked(result, 250);
    const { longestGapNs, densest } = paceOf(arrivals);
    expect(longestGapNs).toBeGreaterThanOrEqual((stopMs - STOPPING_MS) * 1e6 - INTERVAL_NS);
    // What was due meanwhile, but for the first and the last.
    expect(250 - sent).toBeGreaterThanOrEqual(Math.floor(((stopMs - STOPPING_MS) * 1e6) / INTERVAL_NS) - 2);
    // The link is a process, too, and may have been held up: twice what is due. Made up for, it would be all that was.
    expect(densest).toBeLessThanOrEqual(2 * Math.ceil(100e6 / INTERVAL_NS) + 2);
    // Nothing was lost on the link, and what was waiting while the client was stopped shorter than its timeout came in time.
    if (stopMs < 2_000) expect(result.probes).toMatchObject({ received: sent, lost: 0, late: 0 });
    expect(Number(result.hostStalls?.longestNs)).toBeGreaterThanOrEqual((stopMs - STOPPING_MS) * 1e6);
    expect(result.hostStalls?.count).toBeGreaterThanOrEqual(1);
  });

  it('tells it in the text', async () => {
    const emulator = await emulate({ seed: 42 });
    const args = ['-i', '20ms', '-t', '3', '--transport', transport];
    const client = start('udp-client', '127.0.0.1', emulator.port, ...args);
    await client.printed(/seq=5 /);
    client.signal('SIGSTOP');
    await pause(1_000);
    client.signal('SIGCONT');
    const { stdout } = await client.exit();
    expect(stdout).toMatch(/^not sent \d+ of 150 probes: /m);
    expect(stdout).toMatch(/^this host was held up (once, for|\d+ times, for up to) [\d.]+ m?s$/m);
    expect(stdout).toMatch(/^incomplete: not everything was sent$/m);
  });
});

where(
  linuxWorks,
  'only the linux transport has stamps of the kernel',
  it,
)('replies that the kernel stamped in time are received, however late they are read', async () => {
  const emulator = await emulate({ seed: 43 });
  const args = ['-i', '5ms', '-t', '4', '--timeout', '60ms', '--transport', 'linux', '--json'];
  const client = start('udp-client', '127.0.0.1', emulator.port, ...args);
  await until('fifty probes', () => emulator.passages.length >= 50);
  for (let stop = 0; stop < 8; stop++) {
    client.signal('SIGSTOP');
    await pause(90);
    client.signal('SIGCONT');
    await pause(150);
  }
  const result: PingResult = pingOf(await client.exit());
  const sent = expectAsked(result, 800);
  // The link and the server are no part of it: what they kept for long may be late, and nothing else.
  const answeredAt = new Map<number, number>();
  const head = ({ head: bytes }: { head: Uint8Array }, at: number): number =>
    new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  for (const each of passagesOf(emulator)) {
    if (each.direction === 'down' && each.leftAt[0] !== undefined) answeredAt.set(head(each, 24), each.leftAt[0]);
  }
  const slow = passagesOf(emulator).filter((each) => {
    if (each.direction !== 'up' || head(each, 0) >= sent) return false;
    return Number(answeredAt.get(head(each, 0))) - each.cameAt > MARGIN_NS;
  }).length;
  expect(Number(result.probes?.lost)).toBeLessThanOrEqual(slow);
  expect(sent - slow).toBeGreaterThan(0);
});
