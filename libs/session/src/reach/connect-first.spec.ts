import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import type { ConnectOptions, Endpoint, StreamSocket } from '@pathgauge/transport';
import { TransportError } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { type Connect, connectFirst } from './connect-first';

const PORT = 5201;
const OPTIONS: ConnectOptions = { timeoutMs: 5_000 };
const ms = milliseconds;

/** What becomes of an attempt, and when; nothing: no answer comes. */
interface Fate {
  readonly afterMs: number;
  readonly code?: string;
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused; is a server running there?',
  ENETUNREACH: 'network unreachable',
};
/** Said without what was being done. */
const NEEDS_ZONE = 'fe80::1 needs the interface that it is on, as in fe80::1%eth0';

/** Connects to addresses each of which has a fate. */
async function connect(fates: Readonly<Record<string, Fate | undefined>>) {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const begun: string[] = [];
  const givenUp: string[] = [];
  const destroyed: string[] = [];
  const begin = time.now();
  const attempt: Connect = ({ address }: Endpoint, { signal }) =>
    new Promise((resolve, reject) => {
      begun.push(`${address} at ${(time.now() - begin) / 1e6}`);
      signal?.addEventListener('abort', () => givenUp.push(address));
      const fate = fates[address];
      const doing = `cannot connect to ${address}:${PORT}`;
      const fail = (code: string, why: string): void => reject(new TransportError(code, `${doing}: ${why}`));
      if (fate?.code === 'EINVAL') return reject(new TransportError('EINVAL', NEEDS_ZONE));
      if (fate === undefined) {
        time.schedule(seconds(5), () => fail('ETIMEDOUT', 'no answer within 5 s'));
        return;
      }
      const { afterMs, code } = fate;
      time.schedule(ms(afterMs), () => {
        if (code === undefined) {
          const remote = { address, port: PORT };
          resolve({ remote, destroy: () => void destroyed.push(address) } as unknown as StreamSocket);
        } else {
          fail(code, WORDS[code] as string);
        }
      });
    });
  const peers = Object.keys(fates).map((address) => ({ address, port: PORT }));
  const settled = connectFirst('server.example', peers, attempt, OPTIONS, timers).then(
    ({ stream, leftAside }) => ({ address: stream.remote.address, leftAside, atNs: time.now() - begin }),
    (error: TransportError) => ({ error, atNs: time.now() - begin }),
  );
  const outcome = await time.settle(settled);
  await time.advance(seconds(10));
  return { ...outcome, begun, givenUp, destroyed };
}

describe('connectFirst', () => {
  it('goes on to the next address behind one that swallows everything, and gives that up', async () => {
    const { address, atNs, begun, givenUp, leftAside } = (await connect({
      '192.0.2.1': undefined,
      '192.0.2.2': { afterMs: 10 },
    })) as { address: string } & Awaited<ReturnType<typeof connect>> & { leftAside: unknown };
    expect([address, atNs]).toStrictEqual(['192.0.2.2', 260e6]);
    expect(begun).toStrictEqual(['192.0.2.1 at 0', '192.0.2.2 at 250']);
    expect(givenUp).toContain('192.0.2.1');
    expect(leftAside).toStrictEqual([{ address: '192.0.2.1', failure: undefined }]);
  });

  it('goes on at once behind one that refuses', async () => {
    const outcome = await connect({ '192.0.2.1': { afterMs: 1, code: 'ECONNREFUSED' }, '192.0.2.2': { afterMs: 10 } });
    expect(outcome).toMatchObject({ address: '192.0.2.2', atNs: 11e6, leftAside: [{ address: '192.0.2.1' }] });
  });

  it('keeps quiet about addresses of a kind that this host has no way to', async () => {
    const outcome = await connect({ '2001:db8::1': { afterMs: 1, code: 'ENETUNREACH' }, '192.0.2.2': { afterMs: 10 } });
    expect(outcome).toMatchObject({ address: '192.0.2.2', leftAside: [] });
  });

  it('waits for a slow first one, tries no other behind an answer, and hangs up on one that comes second', async () => {
    const slow = await connect({ '192.0.2.1': { afterMs: 300 }, '192.0.2.2': { afterMs: 100 } });
    expect(slow).toMatchObject({ address: '192.0.2.1', destroyed: ['192.0.2.2'], leftAside: [] });
    const quick = await connect({ '192.0.2.1': { afterMs: 20 }, '192.0.2.2': { afterMs: 1 } });
    expect(quick).toMatchObject({ address: '192.0.2.1', begun: ['192.0.2.1 at 0'], atNs: 20e6 });
  });

  it('names all that it tried when none is left, and takes no longer for many than for one', async () => {
    const dead = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`192.0.2.${i + 1}`, undefined]));
    const { error, atNs } = (await connect(dead)) as { error: TransportError; atNs: number };
    expect(error.code).toBe('ETIMEDOUT');
    expect(error.message).toBe(
      'cannot connect to server.example port 5201: 192.0.2.1 (no answer within 5 s), 192.0.2.2 (no answer within 5 s), ' +
        '192.0.2.3 (no answer within 5 s), 192.0.2.4 (no answer within 5 s) and 4 more',
    );
    expect(atNs).toBe(5e9 + 7 * 250e6);
  });

  it('says of one address what the system said, with the name', async () => {
    const { error } = (await connect({ '192.0.2.1': { afterMs: 1, code: 'ECONNREFUSED' } })) as {
      error: TransportError;
    };
    expect(error.message).toBe(
      'cannot connect to server.example (192.0.2.1, port 5201): connection refused; is a server running there?',
    );
  });

  it('says all of what is wrong with the one address of a name', async () => {
    const { error } = (await connect({ 'fe80::1': { afterMs: 0, code: 'EINVAL' } })) as { error: TransportError };
    expect(error.message).toBe(`cannot connect to server.example (fe80::1, port 5201): ${NEEDS_ZONE}`);
  });
});
