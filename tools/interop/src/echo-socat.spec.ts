import { pingOf } from '../../e2e/src/documents';
import { freePort, HAS_IPV6, Program, run, serve, until } from '../../e2e/src/harness';
import { expectAsked, expectResult } from '../../e2e/src/result-shape';
import { SOCAT, withPeers } from './peers';

withPeers(SOCAT)('UDP echo by socat', () => {
  it.each(['127.0.0.1', ...(HAS_IPV6 ? ['::1'] : [])])(
    'socat answers udp-client at %s: round trip and loss, nothing by direction',
    async (host) => {
      const port = await freePort();
      // A child for each datagram: a pipe that held two of them would give them back as one.
      const where =
        host === '::1' ? `UDP6-RECVFROM:${port},bind=[::1],fork` : `UDP4-RECVFROM:${port},bind=127.0.0.1,fork`;
      const echo = new Program(SOCAT.command, ['-d', '-d', where, 'PIPE']);
      await echo.printed(/receiving on/);
      const exit = await run('udp-client', host, port, '-c', '10', '-i', '50ms', '--json');
      expect([exit.code, exit.stderr]).toEqual([0, '']);
      const result = pingOf(exit);
      expectResult(result);
      const sent = expectAsked(result, 10);
      expect(result).toMatchObject({
        peer: { protocol: 'echo' },
        probes: { sent, received: sent, lost: 0, lostUp: null, lostDown: null },
        owd: null,
      });
      expect(result.rtt?.count).toBe(sent);
    },
  );

  it('socat asks udp-server --echo, and has its words back', async () => {
    const server = await serve('udp-server', '--echo');
    const client = new Program('/bin/sh', [
      '-c',
      `printf 'as it came' | ${SOCAT.command} -T 5 - UDP4:127.0.0.1:${server.port}`,
    ]);
    await until('the echo', () => client.stdout.includes('as it came'));
  });
});
