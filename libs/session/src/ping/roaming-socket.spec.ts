import { milliseconds, seconds } from '@pathgauge/units';
import { ALIVE, codes, MOVED, OWN, run, type World } from '../../test/reach-scene';

const ms = milliseconds;

describe('a run whose own address changes', () => {
  const readdress =
    (atMs: number, ...addresses: readonly string[]) =>
    ({ time, network }: World): void =>
      void time.schedule(ms(atMs), () => network.readdress(OWN, ...addresses));

  it('goes on from the new one when the system refuses, and says so', async () => {
    const { counts, result, notices, heard, openSockets } = await run(
      { count: 40 },
      { addresses: [ALIVE], prepare: readdress(1_950, MOVED) },
    );
    // Probe 20 is refused; the system is asked at once.
    expect(counts).toMatchObject({ sent: 39, received: 39, lost: 0, notSent: 1 });
    expect(notices.map(({ code, message }) => [code, message])).toStrictEqual([
      ['EINVAL', expect.any(String)],
      ['address-changed', `the own address is ${MOVED} now, ${OWN} before; probes go on from there`],
    ]);
    expect(codes(result)).toContain('address-changed');
    expect([...heard.keys()].map((source) => source.split(':')[0])).toStrictEqual([OWN, MOVED]);
    expect(openSockets).toStrictEqual([]);
  });

  it('goes on from the new one when nothing comes back, where the system sends all the same', async () => {
    const { counts, notices, probes } = await run(
      { count: 60 },
      {
        addresses: [ALIVE],
        prepare: (world) => {
          world.network.refusesForeignSource = false;
          readdress(1_950, MOVED)(world);
        },
      },
    );
    expect(notices.map(({ code }) => code)).toStrictEqual(['address-changed']);
    // Looked at when nothing has come for a second, which is noticed half a second later at the most.
    expect(counts.lost).toBeGreaterThanOrEqual(10);
    expect(counts.lost).toBeLessThanOrEqual(15);
    expect(counts).toMatchObject({ sent: 60, notSent: 0 });
    const lost = probes.filter(({ outcome }) => outcome === 'lost').map(({ sequence }) => sequence);
    expect(lost[0]).toBe(20);
    expect(probes.at(-1)).toMatchObject({ sequence: 59, outcome: 'received' });
    // In which direction they were lost nobody can tell: they were counted in a session that is over, or not at all.
    expect(counts).toMatchObject({
      lostUp: undefined,
      lostDown: undefined,
      lostUpRange: [0, counts.lost],
      lostDownRange: [0, counts.lost],
    });
  });

  it.each([
    ['each probe follows the last', { interval: ms(0), count: undefined, duration: seconds(5) }, 4],
    ['probes are seconds apart', { interval: seconds(2), count: 5 }, 1],
  ])('goes on likewise where %s', async (_, options, most) => {
    const { counts, probes } = await run(options, {
      addresses: [ALIVE],
      prepare: (world) => {
        world.network.refusesForeignSource = false;
        readdress(1_950, MOVED)(world);
      },
    });
    expect(counts.lost).toBeGreaterThanOrEqual(1);
    expect(counts.lost).toBeLessThanOrEqual(most);
    expect(probes.at(-1)?.outcome).toBe('received');
  });

  it('tells no direction of what was lost before the change, though the new session counts from 0', async () => {
    // Nothing comes back from the old address: whether the replies or the requests are lost, the new session cannot know.
    const { counts } = await run(
      { count: 30 },
      {
        addresses: [ALIVE],
        fateOf: ({ to }) => (to.address === OWN ? [] : [ms(1)]),
        prepare: (world) => {
          world.network.refusesForeignSource = false;
          readdress(950, MOVED)(world);
        },
      },
    );
    expect(counts.lost).toBeGreaterThanOrEqual(10);
    expect(counts).toMatchObject({ lostUp: undefined, lostDown: undefined, lostUpRange: [0, counts.lost] });
  });

  it('counts what still comes to the former socket', async () => {
    // The old address is still there, but the system prefers another; replies to it are late by 300 ms. One that is lost makes it look.
    const { counts, probes, openSockets } = await run(
      { count: 40, timeout: seconds(3) },
      {
        addresses: [ALIVE],
        fateOf: ({ to }, atNs) => (to.address === OWN && atNs > 0.9e9 ? [ms(1_400)] : [ms(1)]),
        prepare: readdress(950, MOVED, OWN),
      },
    );
    expect(counts).toMatchObject({ sent: 40, received: 40, lost: 0, duplicates: 0 });
    expect(probes).toHaveLength(40);
    expect(probes.some(({ rttNs }) => rttNs === 1_401e6)).toBe(true);
    expect(openSockets).toStrictEqual([]);
  });

  it('waits while there is no way at all, and goes on when there is one', async () => {
    const { counts, result, heard } = await run(
      { count: 50 },
      {
        addresses: [ALIVE],
        prepare: (world) => {
          readdress(950)(world);
          readdress(2_950, MOVED)(world);
        },
      },
    );
    // From 1.0 to 2.9 s: 20 probes, and at most three until the way is looked at again.
    expect(counts.notSent).toBeGreaterThanOrEqual(20);
    expect(counts.notSent).toBeLessThanOrEqual(23);
    expect(counts).toMatchObject({ lost: 0, received: counts.sent });
    expect(codes(result)).toStrictEqual(['EINVAL', 'address-changed']);
    expect(result.notices[0]?.count).toBe(counts.notSent);
    expect([...heard.keys()]).toHaveLength(2);
  });

  it('keeps to the address that its user has chosen, and goes on when that is back', async () => {
    const { counts, notices, heard } = await run(
      { count: 50, bind: OWN },
      {
        addresses: [ALIVE],
        prepare: (world) => {
          readdress(950, MOVED)(world);
          readdress(2_950, OWN)(world);
        },
      },
    );
    expect([...heard.keys()].every((source) => source.startsWith(`${OWN}:`))).toBe(true);
    expect(counts.notSent).toBeGreaterThanOrEqual(20);
    expect(counts.received).toBeGreaterThanOrEqual(26);
    expect(notices.every(({ message }) => !message.includes(MOVED))).toBe(true);
  });

  it('keeps to that address while nothing comes back, whatever the system would choose', async () => {
    const { notices, heard } = await run(
      { count: 30, bind: OWN },
      {
        addresses: [ALIVE],
        fateOf: (_, atNs) => (atNs > 0.9e9 ? [] : [ms(1)]),
        prepare: readdress(950, MOVED, OWN),
      },
    );
    expect(notices).toStrictEqual([]);
    expect([...heard.keys()]).toHaveLength(1);
  });

  it.each([
    // The interface is another one of the same name.
    ['ENODEV', 1],
    // A way there is, but not for this socket: seen at three looks, 200 ms apart.
    ['ENETUNREACH', 5],
  ])('goes on from a new socket where the former is refused for good by %s', async (code, notSent) => {
    const stuck = Object.assign(new Error('refused'), { code });
    const { counts, notices } = await run(
      { count: 20 },
      {
        addresses: [ALIVE],
        prepare: ({ time, network }) =>
          void time.schedule(ms(950), () => {
            for (const [name, socket] of network.sockets) if (name.startsWith(OWN)) socket.refusal = stuck;
          }),
      },
    );
    expect(counts).toMatchObject({ notSent, received: 20 - notSent, lost: 0 });
    expect(notices.map((notice) => [notice.code, notice.message])).toStrictEqual([
      [code, expect.any(String)],
      ['address-changed', `the own address ${OWN} was gone for a while; probes go on from a new socket`],
    ]);
  });

  it('keeps its socket while a neighbour does not answer', async () => {
    const silent = Object.assign(new Error('host unreachable'), { code: 'EHOSTUNREACH' });
    const { notices, counts } = await run(
      { count: 30 },
      {
        addresses: [ALIVE],
        prepare: ({ time, network }) => {
          const set = (refusal: Error | undefined) => () => {
            for (const [name, socket] of network.sockets) if (name.startsWith(OWN)) socket.refusal = refusal;
          };
          time.schedule(ms(950), set(silent));
          time.schedule(ms(1_950), set(undefined));
        },
      },
    );
    expect(notices.map(({ code }) => code)).toStrictEqual(['EHOSTUNREACH']);
    expect(counts).toMatchObject({ notSent: 10, received: 20, lostUp: 0 });
  });

  it('ends with its summary when it is interrupted while there is no way', async () => {
    const { result, openSockets } = await run(
      {},
      {
        addresses: [ALIVE],
        prepare: (world) => {
          readdress(250)(world);
          world.time.schedule(ms(600), () => world.abort.abort());
        },
      },
    );
    expect(result.reason).toBe('interrupted');
    expect(openSockets).toStrictEqual([]);
  });

  it('is not looked for while replies come, though the system would use another address', async () => {
    const { notices, heard } = await run({ count: 30 }, { addresses: [ALIVE], prepare: readdress(950, MOVED, OWN) });
    expect(notices).toStrictEqual([]);
    expect([...heard.keys()]).toHaveLength(1);
  });
});
