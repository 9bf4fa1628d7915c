import { eventsOf, pingIn, pingOf } from './documents';
import { expectNoStack, expectOneLine, freePort, run } from './harness';
import { expectAsked, expectResult } from './result-shape';
import { peer, stampReply } from './stamp';

/** Of ten probes the third comes late, the fifth twice, the seventh after the eighth, and the tenth never. */
function unreliable(): Promise<number> {
  let held: Buffer | undefined;
  return peer((request, sequence, answer) => {
    const reply = stampReply(request);
    if (sequence === 9) return;
    if (sequence === 2) {
      setTimeout(() => answer(reply), 1_300);
    } else if (sequence === 6) {
      held = reply;
    } else {
      answer(reply);
      if (sequence === 4) answer(reply);
      if (held !== undefined) answer(held);
      held = undefined;
    }
  });
}

it('tells lost, late, duplicate and reordered replies apart', async () => {
  const run10 = async (...args: string[]) =>
    run('udp-client', '127.0.0.1', await unreliable(), '-i', '100ms', '--timeout', '1s', ...args);
  const [text, json, stream] = await Promise.all([run10(), run10('--json'), run10('--json-stream')]);

  for (const exit of [text, json, stream]) expect([exit.code, exit.stderr]).toEqual([0, '']);
  const result = pingOf(json);
  expectResult(result);
  const { received, ...others } = fateOf(expectAsked(result, 10));
  expect(result.probes).toMatchObject({ received, ...others });
  // Neither the late reply nor the second one is a sample.
  expect(result.rtt?.count).toBe(received);

  const summary = pingIn(stream.stdout);
  const told = fateOf(expectAsked(summary, 10));
  const outcomes = eventsOf(stream.stdout, 'probe').map(({ sequence, outcome }) => `${sequence} ${outcome}`);
  expect(outcomes).toHaveLength(told.sent + told.duplicates + Number(summary.probes?.late));
  expect(outcomes).toEqual(expect.arrayContaining(['2 lost', '4 received', '4 duplicate']));
  const inOrder = outcomes.filter((each) => / (received|lost)/.test(each)).map((each) => Number.parseInt(each, 10));
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));

  expect(text.stdout).toContain('seq=2 lost: no reply within 1 s');
  expect(text.stdout).toMatch(/^seq=4 bytes=64 rtt=.* ms$/m);
  expect(text.stdout).toMatch(/^seq=4 duplicate: /m);
  const sent = Number(/^sent (\d+)/m.exec(text.stdout)?.[1]);
  const fate = fateOf(sent);
  expect(text.stdout).toContain(`sent ${sent}, received ${fate.received}, lost ${fate.lost} (`);
  if (sent < 10) return;
  expect(text.stdout).toMatch(/^seq=2 late: bytes=64 rtt=\d+.* ms/m);
  expect(text.stdout).toMatch(/^seq=6 .*out of order$/m);
  expect(text.stdout).toMatch(/^seq=9 lost: /m);
  expect(text.stdout).toContain('sent 10, received 8, lost 2 (20 % loss)');
  expect(text.stdout).toMatch(/^lost .*late 1/m);
  expect(text.stdout).toMatch(/^duplicates 1.*, out of order 1 \(by at most \d+\)$/m);
});

/** What becomes of the first `sent` probes there; where it is over before the late reply comes, that is nothing. */
function fateOf(sent: number) {
  expect(sent).toBeGreaterThan(4);
  const lost = 1 + (sent === 7 ? 1 : 0) + (sent === 10 ? 1 : 0);
  const late = sent === 10 ? { late: 1 } : {};
  return {
    sent,
    received: sent - lost,
    lost,
    lossRatio: lost / sent,
    duplicates: 1,
    reordered: sent > 7 ? 1 : 0,
    ...late,
  };
}

it('reports every probe lost when nobody answers, and fails', async () => {
  const silent = await peer(() => {});
  const args = ['-c', '3', '-i', '20ms', '--timeout', '200ms'];
  const [text, json, atOnce] = await Promise.all([
    run('udp-client', '127.0.0.1', silent, ...args),
    run('udp-client', '127.0.0.1', silent, ...args, '--json'),
    run('udp-client', '127.0.0.1', silent, '-c', '3', '-i', '0', '--timeout', '100ms', '--json'),
  ]);
  expectOneLine(text, 1, /no reply from 127\.0\.0\.1:\d+/);
  const sent = Number(/^sent ([123]), received 0, lost \1 \(100 % loss\)$/m.exec(text.stdout)?.[1]);
  expect(text.stdout.match(/^seq=\d+ .*$/gm)).toEqual(
    Array.from({ length: sent }, (_, sequence) => `seq=${sequence} lost: no reply within 200 ms`),
  );
  expectOneLine(json, 1, /no reply from 127\.0\.0\.1:\d+/);
  for (const exit of [json, atOnce]) {
    const result = pingOf(exit);
    expectResult(result);
    const count = Number(result.probes?.sent);
    expect(count + Number(result.probes?.notSent)).toBe(3);
    expect(result).toMatchObject({
      error: { code: 'no-answer', message: expect.stringContaining('no reply') },
      probes: { sent: count, received: 0, lost: count, lossRatio: 1 },
      peer: { protocol: null },
      rtt: null,
      owd: null,
    });
  }
});

// A section with nothing in it is null as a whole; this one comes as three nulls.
it('has no jitter section when nothing came back', async () => {
  const silent = await peer(() => {});
  const exit = await run('udp-client', '127.0.0.1', silent, '-c', '1', '--timeout', '50ms', '--json');
  expect(pingOf(exit).jitter).toBeNull();
});

it('says so when the port is closed', async () => {
  const port = await freePort();
  const exit = await run('udp-client', '127.0.0.1', port, '-c', '2', '-i', '20ms', '--timeout', '200ms');
  expect(exit.code).toBe(1);
  expect(exit.stderr).toMatch(/nobody listens/);
  expect(exit.stdout).toMatch(/^sent ([12]), received 0, lost \1 \(100 % loss\)$/m);
  expectNoStack(exit);
});
