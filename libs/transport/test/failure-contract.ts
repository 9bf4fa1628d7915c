import { type ContractSockets, expectFailure, LOOPBACK, TIMEOUT_MS } from './contract-sockets';
import { thieves } from './thieves';

/** What cannot be had, and why. */
export function describeFailures({ transport, bound, listening, connectTo }: ContractSockets): void {
  describe('what the environment refuses', () => {
    it('a UDP port in use', async () => {
      const { port } = (await bound(LOOPBACK[4])).local;
      await expectFailure(bound(LOOPBACK[4], port), ['EADDRINUSE'], String(port));
      await expectFailure(bound(undefined, port), ['EADDRINUSE'], String(port));
      const all = (await bound()).local.port;
      for (const address of [undefined, LOOPBACK[4], LOOPBACK[6]]) {
        await expectFailure(bound(address, all), ['EADDRINUSE'], String(all));
      }
    });

    it.each(['127.0.0.1', undefined])(
      'a UDP port of %p to every other program, whatever they let others do',
      async (own) => {
        const { port } = (await bound(own)).local;
        expect(
          thieves(port, own === undefined ? ['127.0.0.1', '0.0.0.0', '::'] : ['127.0.0.1', '0.0.0.0']),
        ).toStrictEqual([]);
      },
    );

    it.each([
      ['fe80::1%no-such', 'ENODEV'],
      ['fe80::1%4000000', 'ENODEV'],
      ['fe80::1', 'EINVAL'],
    ])('%s: there is no such interface, or none is named', async (address, code) => {
      const to = { address, port: 9 };
      const attempts = [
        () => transport.resolve(address, undefined),
        () => transport.connectDatagrams(to, {}),
        () => transport.connectDatagrams({ address: '::1', port: 9 }, { bind: { address } }),
        () => bound(address),
        () => transport.connectStream(to, { timeoutMs: 100 }),
        () => transport.connectStream({ address: '::1', port: 9 }, { timeoutMs: 100, bind: address }),
        () => listening(() => {}, address),
      ];
      for (const attempt of attempts) await expectFailure(attempt(), [code], address);
    });

    it('a TCP port in use', async () => {
      const { port } = (await listening(() => {})).local;
      await expectFailure(
        listening(() => {}, undefined, port),
        ['EADDRINUSE'],
        String(port),
      );
    });

    it('a connection where nobody listens', async () => {
      const listener = await listening(() => {}, LOOPBACK[4]);
      listener.close();
      await expectFailure(connectTo(listener.local), ['ECONNREFUSED'], String(listener.local.port));
    });

    it('an address that is not of this host', async () => {
      await expectFailure(bound('198.51.100.1'), ['EADDRNOTAVAIL'], '198.51.100.1');
      await expectFailure(
        listening(() => {}, '198.51.100.1'),
        ['EADDRNOTAVAIL'],
        '198.51.100.1',
      );
    });

    it('nobody waits for any more, at once', async () => {
      const abort = new AbortController();
      const attempt = transport.connectStream(
        { address: '198.51.100.1', port: 9 },
        { timeoutMs: TIMEOUT_MS, signal: abort.signal },
      );
      abort.abort();
      // A host without a way there may have been the first to say so.
      await expectFailure(attempt, ['ECANCELED', 'ENETUNREACH', 'EHOSTUNREACH'], '198.51.100.1');
    });

    it('a network that cannot be reached', async () => {
      // From the loopback address no way leads out, whatever routes a host has.
      const away = transport.connectStream({ address: '198.51.100.1', port: 9 }, { bind: '127.0.0.1', timeoutMs: 300 });
      await expectFailure(away, ['EINVAL', 'ENETUNREACH', 'EHOSTUNREACH', 'ETIMEDOUT'], '198.51.100.1');
    });

    it('an unknown host', async () => {
      // Without a name server the answer is that none answers.
      await expectFailure(transport.resolve('no-such-host.invalid', undefined), ['ENOTFOUND', 'EAI_AGAIN'], 'no-such');
    });

    it('an address of the other family', async () => {
      await expectFailure(transport.resolve('127.0.0.1', 6), ['EAFNOSUPPORT'], '127.0.0.1');
      await expectFailure(transport.resolve('::1', 4), ['EAFNOSUPPORT'], '::1');
    });
  });
}
