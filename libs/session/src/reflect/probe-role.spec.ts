import { encodeStreamOpening } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { openingKey } from '../load/awaited-openings';
import { PROBES, type ProbeWord } from './probe-role';

const TOKEN = new Uint8Array(16).fill(1);
const SERVER = { address: '10.0.0.2', port: 9 };
const REQUEST_BYTES = 44;

type Side = Parameters<typeof PROBES.run>[0];

/** `side`, which also collects what it tells at once instead of with the next words. */
const withUrgent = (side: Side, urgent: ProbeWord[]): Side => ({
  transport: side.transport,
  data: side.data,
  onMessage: (handler) => side.onMessage(handler),
  run: (over) => side.run(over),
  post(word, isUrgent) {
    if (isUrgent) urgent.push(word);
    side.post(word, isUrgent);
  },
});

/** The role at work: what comes to its socket, what it is told, and what it tells. */
async function start() {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.crossing = milliseconds(0.05);
  const words: ProbeWord[] = [];
  const urgent: ProbeWord[] = [];
  const heard: typeof PROBES = { ...PROBES, run: (side) => PROBES.run(withUrgent(side, urgent)) };
  const role = network.host(SERVER.address).start(heard, { ...SERVER, answers: 'stamp' });
  role.onMessage((word) => words.push(word));
  await time.advance(milliseconds(1));
  let made = 0;
  return {
    role,
    words,
    urgent,
    /** So many datagrams, each from another made-up address. */
    async deliver(payload: () => Uint8Array, count: number): Promise<void> {
      for (let i = 0; i < count; i++, made++) {
        const source = { address: `10.1.${(made >> 8) & 255}.${made & 255}`, port: 1000 + (made >> 16) };
        network.carry(source, SERVER, payload(), () => {});
      }
      await time.advance(milliseconds(5));
    },
    pass: () => time.advance(milliseconds(1)),
    count: (what: ProbeWord['word']) => words.filter(({ word }) => word === what).length,
    end: () => {
      role.post({ order: 'stop' });
      return time.settle(role.ended);
    },
  };
}

describe('the role that answers probes', () => {
  it('tells where it listens, and last what it has done', async () => {
    const { words, end } = await start();
    await end();
    expect(words).toStrictEqual([
      { word: 'listening', bound: { id: expect.any(Number), local: SERVER } },
      { word: 'totals', totals: { probeSessions: 0, probesAnswered: 0, datagramsIgnored: 0, ignored: {} } },
    ]);
  });

  it('hands on openings that are awaited, and of strangers none, however many', async () => {
    const { deliver, role, pass, count, end } = await start();
    const made = (): Uint8Array => encodeStreamOpening(new Uint8Array(16).fill(2));
    await deliver(made, 1_000);
    role.post({ order: 'await', key: openingKey(TOKEN), openings: 1 });
    await pass();
    await deliver(made, 1_000);
    await deliver(() => encodeStreamOpening(undefined), 1_000);
    expect(count('opening')).toBe(0);
    await deliver(() => encodeStreamOpening(TOKEN), 1);
    expect(count('opening')).toBe(1);
    role.post({ order: 'await', key: openingKey(TOKEN), openings: 0 });
    await pass();
    await deliver(() => encodeStreamOpening(TOKEN), 1_000);
    expect(count('opening')).toBe(1);
    await end();
  });

  it('hands on an opening at once: its client waits for the answer before it opens the next', async () => {
    const { deliver, role, pass, urgent, end } = await start();
    role.post({ order: 'await', key: openingKey(TOKEN), openings: 1 });
    await pass();
    await deliver(() => encodeStreamOpening(TOKEN), 2);
    expect(urgent.map(({ word }) => word)).toStrictEqual(['awaiting', 'opening', 'opening']);
    await end();
  });

  it('tells of the sessions of made-up addresses no more than somebody would read', async () => {
    const { deliver, count, end } = await start();
    const request = (): Uint8Array => {
      const bytes = new Uint8Array(REQUEST_BYTES);
      bytes[13] = 1;
      return bytes;
    };
    await deliver(request, 10_000);
    expect(count('session')).toBe(200);
    await end();
  });
});
