import type { Fate, Flight } from '@pathgauge/testing';
import { milliseconds, seconds } from '@pathgauge/units';
import { ALIVE, codes, DEAD, NAME, OTHER, OWN, PORT, run, type World } from '../../test/reach-scene';

const ms = milliseconds;

const blackHole = ({ to }: Flight): Fate => (to.address === DEAD ? [] : [ms(1)]);

describe('a name with several addresses', () => {
  it('is probed where it answers when the first swallows everything, from number 0 of a session of its own', async () => {
    const { result, counts, probes, heard, openSockets, sentTo } = await run({}, { fateOf: blackHole });
    expect(counts).toMatchObject({ sent: 10, received: 10, lost: 0, lostUp: 0, lostDown: 0, duplicates: 0 });
    expect(result.peer).toMatchObject({ host: NAME, address: ALIVE, port: PORT, protocol: 'stamp' });
    expect(result.complete).toBe(true);
    expect(probes.map(({ sequence }) => sequence)).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    // One trial probe, then the run and its closing probe, each session counted by the reflector from 0.
    expect([...heard.values()]).toStrictEqual([[0], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]]);
    expect(sentTo(DEAD)).toHaveLength(1);
    expect(result.notices).toStrictEqual([
      {
        code: 'address-left-aside',
        message: `${NAME}: ${ALIVE} is measured; left aside: ${DEAD} (no reply)`,
        count: 1,
      },
    ]);
    expect(openSockets).toStrictEqual([]);
  });

  it('is not kept waiting by an address that refuses', async () => {
    // Nobody listens there: the answer takes 1 ms.
    const { result, counts, flights } = await run({}, { prepare: ({ network }) => void network.host(DEAD) });
    expect(counts).toMatchObject({ received: 10, lost: 0 });
    expect(result.peer.address).toBe(ALIVE);
    expect(result.notices).toMatchObject([{ message: expect.stringContaining(`${DEAD} (connection refused)`) }]);
    const second = flights.find(({ to }) => to.address === ALIVE);
    expect(second?.atNs).toBeLessThan(10e6);
  });

  it('stays with the first when that answers, whatever the others do', async () => {
    const { result, sentTo, counts } = await run({}, { addresses: [ALIVE, DEAD], fateOf: blackHole });
    expect(result.peer.address).toBe(ALIVE);
    expect(sentTo(DEAD)).toStrictEqual([]);
    expect(counts).toMatchObject({ received: 10, lost: 0 });
    expect(result.notices).toStrictEqual([]);
  });

  it('sends nothing and waits for nothing where there is no choice', async () => {
    const { flights, heard } = await run({ count: 3 }, { addresses: [ALIVE] });
    expect([...heard.values()]).toStrictEqual([[0, 1, 2, 3]]);
    // The first probe leaves as soon as the run has settled.
    expect(flights[0]?.atNs).toBeLessThan(10e6);
  });

  it('whose trial probe and its reply are lost is found all the same', async () => {
    let lost = 0;
    const { result, counts } = await run(
      {},
      { fateOf: (flight) => (flight.to.address === ALIVE && lost++ < 2 ? [] : blackHole(flight)) },
    );
    expect(counts).toMatchObject({ sent: 10, received: 10 });
    expect(result.peer.address).toBe(ALIVE);
  });

  it.each([
    ['echo servers', (bytes: Uint8Array) => bytes, 'echo'],
    ['TWAMP-Light reflectors, which know no SSID', twampLight, 'twamp-light'],
  ])('of %s is found too', async (_, answer, protocol) => {
    const { result, counts } = await run(
      {},
      {
        addresses: [DEAD, OTHER],
        fateOf: blackHole,
        prepare: async ({ network }) => {
          const socket = await network.host(OTHER).bindDatagrams({ bind: { port: PORT } });
          socket.onBatch((batch) => {
            for (let i = 0; i < batch.count; i++) batch.reply(i, answer(batch.payload(i)));
          });
        },
      },
    );
    expect(result.peer).toMatchObject({ address: OTHER, protocol });
    expect(counts).toMatchObject({ sent: 10, received: 10 });
  });

  it('of which one answers with something else is probed at another, and there only for want of one', async () => {
    const strange = async ({ network }: World): Promise<void> => {
      const socket = await network.host(OTHER).bindDatagrams({ bind: { port: PORT } });
      socket.onBatch((batch) => batch.reply(0, Uint8Array.of(1, 2, 3)));
    };
    const found = await run({}, { addresses: [OTHER, ALIVE], prepare: strange });
    expect(found.result.peer.address).toBe(ALIVE);
    expect(found.notices.map(({ message }) => message)).toStrictEqual([
      `${NAME}: ${ALIVE} is measured; left aside: ${OTHER} (answers, but not with STAMP)`,
    ]);
    const other = await run({ count: 2 }, { addresses: [DEAD, OTHER], fateOf: blackHole, prepare: strange });
    expect(other.result.peer.address).toBe(OTHER);
    expect(codes(other.result)).toContain('not-stamp');
  });

  it('all dead, is measured at the first: what is lost is counted', async () => {
    const { result, counts, notices, sentTo, openSockets } = await run({ count: 3 }, { fateOf: () => [] });
    expect(counts).toMatchObject({ sent: 3, received: 0, lost: 3, lossRatio: 1 });
    expect(result.peer.address).toBe(DEAD);
    expect(notices.map(({ message }) => message)).toStrictEqual([
      `no reply from any address of ${NAME}: ${DEAD} (no reply), ${ALIVE} (no reply); probes go to ${DEAD}`,
    ]);
    // Three trial probes each at the most.
    expect(sentTo(ALIVE)).toHaveLength(3);
    expect(sentTo(DEAD)).toHaveLength(3 + 3);
    expect(openSockets).toStrictEqual([]);
  });

  it('takes a bounded time to find that many are dead', async () => {
    const addresses = [1, 2, 3, 4, 5, 6, 7, 8].map((each) => `10.0.1.${each}`);
    const { flights } = await run({ count: 1 }, { addresses, fateOf: () => [] });
    const firstOfRun = flights.filter(({ to }) => to.address === addresses[0]).at(-1);
    expect(firstOfRun?.atNs).toBeLessThan(3.1e9);
    expect(flights.length).toBeLessThanOrEqual(8 * 3 + 1);
  });

  it('can be interrupted while an answer is waited for, and leaves no socket', async () => {
    let world: World | undefined;
    const prepare = (made: World): void => {
      world = made;
      made.time.schedule(ms(600), () => made.abort.abort());
    };
    await expect(run({}, { fateOf: () => [], prepare })).rejects.toThrow(/interrupted/);
    const { time, network, flights } = world as unknown as World;
    await time.advance(seconds(5));
    expect([...network.sockets.keys()].filter((key) => key.startsWith(OWN))).toStrictEqual([]);
    expect(flights.at(-1)?.atNs).toBeLessThan(600e6);
  });
});

/** A reply of RFC 5357 appendix I: the number copied, no SSID. */
function twampLight(request: Uint8Array): Uint8Array {
  const reply = new Uint8Array(request.length);
  // Sequence, T3, error estimate; T2 behind them; then the sender's own 14 bytes.
  reply.set(request.subarray(0, 14), 0);
  reply.set(request.subarray(4, 12), 16);
  reply.set(request.subarray(0, 14), 24);
  reply[40] = 64;
  return reply;
}
