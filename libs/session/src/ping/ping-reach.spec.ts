import type { NoticeEvent, PingResult, ProbeCounts, ProbeEvent } from '@pathgauge/result';
import { collect, FakeNetwork, type Fate, type Flight, VirtualTime } from '@pathgauge/testing';
import type { Transport } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { usualProbes } from '../../test/usual-probes';
import { Reflector } from '../reflect/reflector';
import { ping } from './ping';
import type { PingOptions } from './ping-options';

const NAME = 'server.example';
const [DEAD, ALIVE, OTHER] = ['10.0.0.8', '10.0.0.9', '10.0.0.7'] as const;
const [OWN, MOVED] = ['10.0.0.1', '10.0.0.2'] as const;
const PORT = 862;
const ms = milliseconds;

const OPTIONS: PingOptions = usualProbes(NAME, PORT);

/** The reflector's own number on each reply to each source. */
type Heard = Map<string, number[]>;

async function reflect(server: Transport, heard: Heard = new Map()): Promise<void> {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port: PORT } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const bytes = batch.payload(i);
      const { address, port } = batch.source(i);
      if (reflector.reflect(bytes, batch.source(i), batch.arrival(i)) === undefined) continue;
      const numbers = heard.get(`${address}:${port}`) ?? [];
      heard.set(`${address}:${port}`, [...numbers, new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)]);
      batch.reply(i, bytes);
    }
  });
}

interface World {
  readonly time: VirtualTime;
  readonly network: FakeNetwork;
  readonly abort: AbortController;
  /** What left for each address, and when. */
  readonly flights: (Flight & { readonly atNs: number })[];
  readonly heard: Heard;
}

interface Scene {
  /** The addresses of the name. */
  readonly addresses?: readonly string[];
  readonly fateOf?: (flight: Flight, atNs: number) => Fate;
  readonly prepare?: (world: World) => void | Promise<void>;
}

async function run(options: Partial<PingOptions> = {}, scene: Scene = {}) {
  const time = new VirtualTime();
  const restore = time.install();
  try {
    const network = new FakeNetwork(time);
    const client = network.host(OWN);
    const begin = time.now();
    const world: World = { time, network, abort: new AbortController(), flights: [], heard: new Map() };
    network.fateOf = (flight) => {
      const atNs = time.now() - begin;
      world.flights.push({ ...flight, atNs });
      return scene.fateOf?.(flight, atNs) ?? [ms(1)];
    };
    network.names.set(NAME, scene.addresses ?? [DEAD, ALIVE]);
    await reflect(network.host(ALIVE), world.heard);
    await scene.prepare?.(world);
    const events = await time.settle(collect(ping({ ...OPTIONS, ...options }, client, world.abort.signal)));
    const last = events.at(-1);
    if (last?.type !== 'summary' || last.result.kind !== 'ping') throw new Error('a run ends with its summary');
    return {
      ...world,
      result: last.result,
      counts: last.result.probes as ProbeCounts,
      probes: events.filter((event): event is ProbeEvent => event.type === 'probe'),
      notices: events.filter((event): event is NoticeEvent => event.type === 'notice'),
      sentTo: (address: string) => world.flights.filter(({ to }) => to.address === address),
      openSockets: [...network.sockets.keys()].filter((key) => key.startsWith(OWN)),
    };
  } finally {
    restore();
  }
}

const codes = ({ notices }: PingResult): string[] => notices.map(({ code }) => code);
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
