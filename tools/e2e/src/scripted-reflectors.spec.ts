import { randomBytes } from 'node:crypto';
import { pingOf } from './documents';
import { expectNoStack, expectOneLine, run } from './harness';
import { TRANSPORTS } from './linux-works';
import { expectAsked, expectResult } from './result-shape';
import { ntp, peer, stampReply, wallNs } from './stamp';

const HOUR_NS = 3_600_000_000_000n;

it('takes an unchanged reply for a plain echo server', async () => {
  const echo = await peer((request, _sequence, answer) => answer(request));
  const [json, text] = await Promise.all([
    run('udp-client', '127.0.0.1', echo, '-c', '5', '-i', '20ms', '--json'),
    run('udp-client', '127.0.0.1', echo, '-c', '5', '-i', '20ms', '-l', '44'),
  ]);
  const result = pingOf(json);
  expectResult(result);
  expect(result).toMatchObject({
    peer: { protocol: 'echo' },
    probes: { lost: 0, lostUp: null, lostDown: null },
    owd: null,
    jitter: { upNs: null, downNs: null },
  });
  expect(result.rtt?.count).toBe(expectAsked(result, 5));
  expect(text.stdout).toContain('UDP echo');
  expect(text.stdout).not.toContain('one-way');
});

it('understands a TWAMP-Light reflector', async () => {
  let own = 1000;
  const reflector = await peer((request, _sequence, answer) => {
    // 41 bytes, no SSID, a counter of its own.
    answer(stampReply(request, { sequence: own++, ssid: 0 }).subarray(0, 41));
  });
  const [json, text] = await Promise.all([
    run('udp-client', '127.0.0.1', reflector, '-c', '5', '-i', '20ms', '--json'),
    run('udp-client', '127.0.0.1', reflector, '-c', '2', '-i', '20ms'),
  ]);
  const result = pingOf(json);
  expectResult(result);
  expect(result).toMatchObject({ peer: { protocol: 'twamp-light' }, probes: { lost: 0 } });
  expect(result.owd?.up?.count).toBe(expectAsked(result, 5));
  expect(text.stdout).toContain('TWAMP-Light');
  expect(text.stdout).toContain('bytes=41');
});

it('understands 38 bytes, which end before the TTL, and takes a TTL of 0 for none', async () => {
  const [short, zero] = [
    await peer((request, _sequence, answer) => answer(stampReply(request, { ssid: 0 }).subarray(0, 38))),
    await peer((request, _sequence, answer) => {
      const reply = stampReply(request);
      reply[40] = 0;
      answer(reply);
    }),
  ];
  for (const [port, protocol] of [
    [short, 'twamp-light'],
    [zero, 'stamp'],
  ] as const) {
    const args = ['-c', '3', '-i', '20ms', '--json'];
    const runs = TRANSPORTS.map((kind) => run('udp-client', '127.0.0.1', port, ...args, '--transport', kind));
    for (const exit of await Promise.all(runs)) {
      const result = pingOf(exit);
      expectResult(result);
      expect(result).toMatchObject({ peer: { protocol }, probes: { lost: 0 }, foreignReplies: null });
      expect(result.marking?.up?.hopLimit ?? null).toBeNull();
      expect(result.owd?.up?.count).toBe(expectAsked(result, 3));
    }
  }
});

it.each<[string, string, (request: Buffer) => Buffer]>([
  [
    'swapped',
    'with T1 and T3 in each other',
    (request) => {
      const reply = stampReply(request);
      reply.copy(reply, 28, 4, 12);
      request.copy(reply, 4, 4, 12);
      return reply;
    },
  ],
  ['short', 'shorter than a reply', (request) => stampReply(request).subarray(0, 14)],
  [
    'no-error-estimate',
    'without an Error Estimate',
    (request) => {
      const reply = stampReply(request);
      reply[13] = 0;
      return reply;
    },
  ],
  ['ssid', 'with another SSID', (request) => stampReply(request, { ssid: request.readUInt16BE(14) ^ 0x5555 || 1 })],
  ['changed-echo', 'a probe changed or cut short', (request) => request.subarray(0, 50)],
  ['other', 'resemble no reply', () => Buffer.from(`HTTP/1.1 400 Bad Request ${'x'.repeat(40)}`)],
])('names answers that are none (%s) instead of calling it loss alone', async (kind, words, reply) => {
  const foreign = await peer((request, _sequence, answer) => answer(reply(request)));
  const args = ['-c', '3', '-i', '20ms', '--timeout', '200ms'];
  const [text, json] = await Promise.all([
    run('udp-client', '127.0.0.1', foreign, ...args),
    run('udp-client', '127.0.0.1', foreign, ...args, '--json'),
  ]);
  for (const exit of [text, json]) {
    expectOneLine(exit, 1, /answers, but not with STAMP/);
    expect(exit.stderr).toContain(words);
  }
  expect(text.stdout).toContain('(100 % loss)');
  const result = pingOf(json);
  expectResult(result);
  expect(result).toMatchObject({ peer: { protocol: null }, probes: { received: 0 }, owd: null });
  expect(result.foreignReplies).toStrictEqual({ count: result.probes?.sent, kinds: { [kind]: result.probes?.sent } });
});

it.each([
  ['ahead', 3n * HOUR_NS],
  ['behind', -2n * HOUR_NS],
])('claims no shared clock with a reflector that is hours %s', async (_name, offset) => {
  const reflector = await peer((request, _sequence, answer) => {
    const now = wallNs() + offset;
    answer(stampReply(request, { receiveNs: now, transmitNs: now }));
  });
  const [json, text] = await Promise.all([
    run('udp-client', '127.0.0.1', reflector, '-c', '8', '-i', '20ms', '--json'),
    run('udp-client', '127.0.0.1', reflector, '-c', '2', '-i', '20ms'),
  ]);
  const result = pingOf(json);
  expectResult(result);
  expect(result.owd?.basis).toBe('bounds');
  const { offsetLowNs = 0, offsetHighNs = 0 } = result.owd?.clock ?? {};
  // Whatever two processes make of the time of one host, they agree within a second.
  expect(Math.abs(offsetLowNs - Number(offset))).toBeLessThan(1e9);
  expect(Math.abs(offsetHighNs - Number(offset))).toBeLessThan(1e9);
  // The values assume equal minimum delays, and add up to the round trip.
  const { up, down } = result.owd ?? {};
  expect(Math.abs((up?.minNs ?? 0) - (down?.minNs ?? 0))).toBeLessThan(1_000);
  expect(Math.abs((up?.meanNs ?? 0) + (down?.meanNs ?? 0) - (result.rtt?.meanNs ?? 0))).toBeLessThan(1_000);
  expect(up?.minNs).toBeGreaterThanOrEqual(0);
  expect(text.stdout).toContain('one-way');
  expect(text.stdout).not.toContain('share its clock');
});

it('subtracts the time a probe spent at the reflector', async () => {
  const reflector = await peer((request, _sequence, answer) => {
    const receiveNs = wallNs();
    setTimeout(() => answer(stampReply(request, { receiveNs, transmitNs: wallNs() })), 100);
  });
  const result = pingOf(await run('udp-client', '127.0.0.1', reflector, '-c', '3', '-i', '0', '--json'));
  expect(result.probes?.received).toBe(3);
  expect(result.durationNs).toBeGreaterThan(300e6 * 0.98);
  expect(result.rtt?.minNs).toBeLessThan(90e6);
});

it('ignores what answers no probe of the session', async () => {
  const reflector = await peer((request, sequence, answer) => {
    const otherSession = stampReply(request, { ssid: request.readUInt16BE(14) ^ 0x5555 || 1 });
    const otherTime = stampReply(request);
    otherTime.writeBigUInt64BE(ntp(wallNs() - HOUR_NS), 28);
    const neverSent = stampReply(request);
    neverSent.writeUInt32BE(sequence + 500_000, 24);
    const corrupt = stampReply(request);
    corrupt[13] = 0;
    for (const bytes of [Buffer.alloc(0), randomBytes(3), randomBytes(64), randomBytes(1400)]) answer(bytes);
    for (const bytes of [otherSession, otherTime, neverSent, corrupt, stampReply(request).subarray(0, 37)]) {
      answer(bytes);
    }
    // Only even probes get a true answer.
    if (sequence % 2 === 0) answer(stampReply(request));
  });
  const args = ['-c', '6', '-i', '20ms', '--timeout', '2s'];
  const [json, text] = await Promise.all([
    run('udp-client', '127.0.0.1', reflector, ...args, '--json'),
    run('udp-client', '127.0.0.1', reflector, ...args),
  ]);
  const result = pingOf(json);
  expectResult(result);
  const sent = expectAsked(result, 6);
  const received = Math.ceil(sent / 2);
  const others = { lost: sent - received, duplicates: 0, late: 0, reordered: 0 };
  expect(result.probes).toMatchObject({ sent, received, ...others });
  expect(result.rtt?.count).toBe(received);
  expect(json.stderr).toMatch(/^note: \d+ datagrams .*ignored\n$/);
  const { count = 0, kinds = {} } = result.foreignReplies ?? {};
  // Closing probes are answered likewise.
  expect(kinds).toMatchObject({ ssid: sent, 'other-t1': sent });
  expect(kinds['no-error-estimate']).toBeGreaterThanOrEqual(sent);
  expect(count % 9).toBe(0);
  expect(Object.values(kinds).reduce((sum, each) => sum + each, 0)).toBe(count);
  const [, ...told] = /^sent (\d), received (\d), lost (\d) /m.exec(text.stdout)?.map(Number) ?? [];
  const [sentToo = 0] = told;
  expect(told).toEqual([sentToo, Math.ceil(sentToo / 2), Math.floor(sentToo / 2)]);
  expectNoStack(text);
});
