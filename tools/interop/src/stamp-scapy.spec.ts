import { join } from 'node:path';
import { pingOf } from '../../e2e/src/documents';
import { HAS_IPV6, Program, run, serve } from '../../e2e/src/harness';
import { expectAsked, expectResult } from '../../e2e/src/result-shape';
import { SCAPY, withPeers } from './peers';

const UNIX_TO_NTP = 2_208_988_800;
const HOSTS = ['127.0.0.1', ...(HAS_IPV6 ? ['::1'] : [])];

const scapy = (script: string, ...args: (string | number)[]): Program =>
  new Program(SCAPY.command, ['-B', join(__dirname, '../scapy', script), ...args.map(String)]);

const linesOf = (text: string): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

withPeers(SCAPY)('STAMP by scapy', () => {
  it.each(HOSTS)('scapy sends to udp-server at %s: each reply is what RFC 8762 says', async (host) => {
    const server = await serve('udp-server');
    const { code, stdout, stderr } = await scapy('send.py', host, server.port, 5).exit();
    expect([code, stderr]).toEqual([0, '']);
    const replies = linesOf(stdout);
    expect(replies).toHaveLength(5);
    for (const [i, reply] of replies.entries()) {
      expect(reply).toMatchObject({
        ...{ number: i, seq: i, seqSender: i, ssid: 0x4242 },
        ...{ sentBytes: 64, bytes: 64, sameT1: true, sameEstimate: true, z: 0, ttlSender: 64 },
        // Extra Padding is known: the flag for what is not is taken away, and nothing else is changed.
        tlvs: [[0, 1, 16, '5a'.repeat(16)]],
      });
      expect(reply['multiplier']).toBeGreaterThan(0);
      const [received, transmitted] = [Number(reply['received']), Number(reply['transmitted'])];
      expect(transmitted).toBeGreaterThanOrEqual(received - 1e-6);
      expect(Math.abs(received - UNIX_TO_NTP - Date.now() / 1e3)).toBeLessThan(60);
    }
  });

  it.each(HOSTS)('scapy reflects for udp-client at %s: loss by direction, delay by direction', async (host) => {
    const reflector = scapy('reflect.py', host);
    const [, port] = await reflector.printed(/port (\d+)/);
    const exit = await run('udp-client', host, Number(port), '-c', '10', '-i', '20ms', '--json');
    expect([exit.code, exit.stderr]).toEqual([0, '']);
    const result = pingOf(exit);
    expectResult(result);
    const sent = expectAsked(result, 10);
    expect(result).toMatchObject({
      peer: { protocol: 'stamp' },
      probes: { sent, received: sent, lost: 0, lostUp: 0, lostDown: 0, duplicates: 0, reordered: 0 },
    });
    expect(result.owd?.up?.count).toBe(sent);
    const requests = linesOf(reflector.stdout).slice(0, sent);
    expect(requests.map(({ seq }) => seq)).toEqual(requests.map((_, i) => i));
    expect(new Set(requests.map(({ ssid }) => ssid)).size).toBe(1);
    for (const request of requests) expect(request).toMatchObject({ bytes: 64, z: 0 });
  });

  it('scapy reflects for udp-client --dscp EF -l 200: TLVs that it does not know do no harm', async () => {
    const reflector = scapy('reflect.py', '127.0.0.1');
    const [, port] = await reflector.printed(/port (\d+)/);
    const exit = await run(
      'udp-client',
      '127.0.0.1',
      Number(port),
      '-c',
      '3',
      '-i',
      '20ms',
      '-l',
      '200',
      '--dscp',
      'EF',
      '--json',
    );
    expect(exit.code).toBe(0);
    expect(pingOf(exit)).toMatchObject({ peer: { protocol: 'stamp' }, probes: { lost: 0 }, foreignReplies: null });
    for (const request of linesOf(reflector.stdout)) expect(request['bytes']).toBe(200);
  });
});
