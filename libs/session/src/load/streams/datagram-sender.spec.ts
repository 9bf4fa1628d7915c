import { type DatagramHeader, readDatagramHeader } from '@pathgauge/protocol';
import { type FakeDatagrams, FakeNetwork, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { after, milliseconds, type Span, seconds, span, WallMap } from '@pathgauge/units';
import { endedOf, stopped } from '../../../test/ended-of';
import { paceOf, paceOfAmount } from '../../../test/load-plans';
import { DatagramSender, type DatagramSenderOptions } from './datagram-sender';
import { StreamProgress } from './stream-progress';

async function setUp(options: Partial<DatagramSenderOptions>) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  const [client, server] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const arrived: (DatagramHeader & { readonly bytes: number })[] = [];
  const sink = await server.bindDatagrams({ bind: { port: 7 } });
  sink.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const header = { seconds: 0, subseconds: 0, number: 0, isOmitted: false };
      expect(readDatagramHeader(batch.payload(i), 0, options.counters64Bit ?? true, header)).toBeUndefined();
      arrived.push({ ...header, bytes: batch.payload(i).length });
    }
  });
  const socket = (await client.connectDatagrams(sink.local, {})) as FakeDatagrams;
  const begin = client.clock.now();
  const heard: number[] = [];
  const sender = new DatagramSender(
    socket,
    {
      direction: 'up',
      beforeSend: () => {},
      counters64Bit: true,
      marksOmitted: true,
      omit: span(0),
      length: 100,
      progress: new StreamProgress(),
      pace: paceOf(undefined, undefined),
      wall: new WallMap(client.clock.anchor()),
      onRefused: () => {},
      ...options,
    },
    client,
  );
  const record = sender.sent.record.bind(sender.sent);
  jest.spyOn(sender.sent, 'record').mockImplementation((bytes, messages, at) => {
    heard.push(at - begin);
    record(bytes, messages, at);
  });
  const hold = (by: Span): void => network.clockOf('10.0.0.1')?.hold(by);
  return { time, begin, sender, heard, arrived, socket, hold, clock: client.clock };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('paced datagrams', () => {
  it('are as many as planned, numbered from 1, each when it is due', async () => {
    const pace = paceOf(milliseconds(20), milliseconds(200));
    const { time, begin, sender, heard, arrived } = await setUp({ pace });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    await time.advance(seconds(1));
    expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(10));
    expect(heard).toStrictEqual(numbers(10).map((number) => (number - 1) * 20e6));
    expect(arrived.every(({ bytes }) => bytes === 100)).toBe(true);
    const { seconds: s, subseconds } = arrived[9] as DatagramHeader;
    expect((s - 1_700_000_000) * 1e9 + subseconds).toBe(begin + 180e6);
    expect([sender.sent.messages, sender.sent.bytes]).toStrictEqual([10, 1000]);
    expect(sender.sent.error()).toMatchObject({ count: 10, maxNs: 0 });
  });

  it('catch up with a few milliseconds at the most after the system had no room', async () => {
    const pace = paceOf(milliseconds(1), milliseconds(100));
    const { time, sender, heard, arrived, socket } = await setUp({ pace });
    socket.backlog = 1;
    sender.start(time.now());
    await time.advance(milliseconds(50.05));
    expect(heard).toStrictEqual([]);
    socket.backlog = 0;
    await time.settle(endedOf(sender));
    await time.advance(seconds(1));
    // Asked again at 51: those of 0 to 46 have had their time, those of 47 to 51 leave at once, the rest when they are due.
    expect(heard).toStrictEqual(Array.from({ length: 49 }, (_, i) => (51 + i) * 1e6));
    expect(sender.sent.unsent).toStrictEqual({ heldUp: 0, refused: 47, blocked: 0 });
    expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(53));
  });

  it('that become due while others are handed over wait for the next turn, and leave together then', async () => {
    const sent: number[] = [];
    const { time, sender, socket, clock } = await setUp({ pace: paceOf(span(10_000), milliseconds(1)) });
    // A send takes 50 us.
    const now = clock.now.bind(clock);
    jest.spyOn(clock, 'now').mockImplementation(() => after(now(), span(50_000 * sent.length)));
    const waits = jest.spyOn(VirtualTimer.prototype, 'set');
    const sendMany = socket.sendMany.bind(socket);
    jest.spyOn(socket, 'sendMany').mockImplementation((bytes, length, to, onOutcome) => {
      sent.push(bytes.length / length);
      sendMany(bytes, length, to, onOutcome);
    });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    expect(sent.reduce((sum, each) => sum + each, 0)).toBe(100);
    expect(waits.mock.calls.length).toBeGreaterThanOrEqual(sent.length - 1);
    waits.mockRestore();
  });

  it.each([true, false])(
    'use up no number for what the system refuses, at the pace of the schedule (told at once: %p)',
    async (isPrompt) => {
      const pace = paceOf(milliseconds(1), milliseconds(100));
      const told: string[] = [];
      const { time, sender, heard, arrived, socket } = await setUp({
        pace,
        onRefused: ({ message }) => told.push(message),
      });
      socket.isPrompt = isPrompt;
      sender.start(time.now());
      await time.advance(milliseconds(19.5));
      socket.refusal = new Error('no route');
      await time.advance(milliseconds(30));
      socket.refusal = undefined;
      await time.settle(endedOf(sender));
      await time.advance(seconds(1));
      // Those due at 20 to 49 ms were refused.
      expect(sender.sent.unsent).toStrictEqual({ heldUp: 0, refused: 30, blocked: 0 });
      expect(told).toHaveLength(30);
      expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(70));
      expect(heard).toStrictEqual([
        ...numbers(20).map((n) => (n - 1) * 1e6),
        ...numbers(50).map((n) => (n + 49) * 1e6),
      ]);
    },
  );

  it('do not leave while their sender rests, nor afterwards; they use up no number', async () => {
    const pace = paceOf(milliseconds(1), milliseconds(200));
    const { time, sender, arrived } = await setUp({ pace });
    sender.start(time.now());
    await time.advance(milliseconds(49.5));
    sender.rest(true);
    await time.advance(milliseconds(60));
    expect(sender.sent.messages).toBe(50);
    sender.rest(false);
    await time.settle(endedOf(sender));
    await time.advance(seconds(1));
    // Those due from 50 ms on, until it sent again 20 ms after its rest at the latest: less the five that are caught up with.
    const { heldUp, refused, blocked } = sender.sent.unsent;
    expect([heldUp + blocked + sender.sent.messages, refused]).toStrictEqual([200, 0]);
    expect(blocked).toBeGreaterThanOrEqual(54);
    expect(heldUp).toBeLessThanOrEqual(20);
    expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(sender.sent.messages));
  });

  it('end in time, also when that comes while their sender rests', async () => {
    const { time, sender } = await setUp({ pace: paceOf(milliseconds(1), milliseconds(100)) });
    sender.start(time.now());
    await time.advance(milliseconds(9.5));
    sender.rest(true);
    const begin = time.now();
    await time.settle(endedOf(sender));
    expect((time.now() - begin) / 1e6).toBeLessThanOrEqual(111);
    expect(sender.sent.unsent.blocked + sender.sent.messages).toBe(100);
  });

  it.each([true, false])(
    'do not make up for the time in which their host was held up (told at once: %p)',
    async (isPrompt) => {
      const pace = paceOf(milliseconds(1), milliseconds(100));
      const { time, sender, heard, arrived, socket, hold } = await setUp({ pace });
      socket.isPrompt = isPrompt;
      sender.start(time.now());
      await time.advance(milliseconds(19.5));
      hold(milliseconds(50));
      await time.settle(endedOf(sender));
      await time.advance(seconds(1));
      // Awake at 69.5 ms: those due at 20 to 64 have had their time, those of 65 to 69 leave at once.
      expect(sender.sent.unsent).toStrictEqual({ heldUp: 45, refused: 0, blocked: 0 });
      expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(55));
      expect(heard.slice(-30)).toStrictEqual(numbers(30).map((n) => (n + 69) * 1e6));
    },
  );

  it('are all sent when they are stopped just before the last is due', async () => {
    const { time, sender, arrived, heard } = await setUp({ pace: paceOf(milliseconds(20), milliseconds(200)) });
    sender.start(time.now());
    await time.advance(milliseconds(170));
    await time.settle(stopped(sender));
    await time.advance(milliseconds(10));
    expect([arrived.length, heard.at(-1)]).toStrictEqual([10, 180e6]);
    expect(sender.sent.unsent).toStrictEqual({ heldUp: 0, refused: 0, blocked: 0 });
  });

  it('that are stopped before they begin are none, and none is missing', async () => {
    const { time, sender, arrived } = await setUp({ pace: paceOf(milliseconds(20), seconds(10)) });
    await time.settle(stopped(sender));
    await time.advance(seconds(1));
    expect([arrived, sender.sent.settled]).toStrictEqual([[], 0]);
  });

  it('stop at once', async () => {
    const { time, sender, arrived } = await setUp({ pace: paceOf(milliseconds(20), seconds(10)) });
    sender.start(time.now());
    await time.advance(milliseconds(50));
    await time.settle(stopped(sender));
    await time.advance(seconds(10));
    expect(arrived).toHaveLength(3);
  });
});

describe('unpaced datagrams', () => {
  it('go on until their time is over, with a turn of the event loop in between', async () => {
    const { time, sender, heard, arrived } = await setUp({ pace: paceOf(undefined, milliseconds(0.02)), length: 4096 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    await time.advance(seconds(1));
    const { messages, bytes } = sender.sent;
    // Two rings of 256 KiB a turn, 64 datagrams each, and 20 turns of a microsecond.
    expect(messages).toBe(2 * 64 * 20);
    expect(bytes).toBe(messages * 4096);
    expect(Math.max(...heard.slice(-1))).toBeLessThan(20_000);
    expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(messages));
  });

  it('are asked for again after a pause where the system refuses, which is no turn after turn', async () => {
    const told: string[] = [];
    const { time, sender, socket } = await setUp({ onRefused: ({ message }) => told.push(message) });
    socket.refusal = Object.assign(new Error('no route'), { code: 'ENETUNREACH' });
    sender.start(time.now());
    await time.advance(milliseconds(10.5));
    expect(told).toHaveLength(11);
    // A full queue is the pace of a load that has none: nothing was asked for that is not sent.
    socket.refusal = Object.assign(new Error('full'), { code: 'ENOBUFS' });
    await time.advance(milliseconds(10));
    expect(sender.sent.unsent).toStrictEqual({ heldUp: 0, refused: 11, blocked: 0 });
    sender.stop();
  });
});

describe('to plain iperf3', () => {
  it('carry microseconds of the monotonic clock, and 32-bit numbers where it wants those', async () => {
    const { time, begin, sender, arrived } = await setUp({
      counters64Bit: false,
      wall: undefined,
      pace: paceOf(milliseconds(1), milliseconds(3)),
    });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    await time.advance(seconds(1));
    expect(arrived.map(({ seconds: s, subseconds }) => s * 1e6 + subseconds)).toStrictEqual(
      [0, 1000, 2000].map((us) => begin / 1e3 + us),
    );
    expect(arrived.map(({ number }) => number)).toStrictEqual([1, 2, 3]);
  });
});

describe('an amount of datagrams', () => {
  it.each([
    ['paced', milliseconds(10)],
    ['unpaced', undefined],
  ] as const)('is sent to the byte, %s', async (_, spacing) => {
    const { time, sender, arrived } = await setUp({ pace: paceOfAmount(7, 30, spacing) });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    await time.advance(milliseconds(10));
    expect(arrived.map(({ number, bytes }) => [number, bytes])).toStrictEqual(
      numbers(7).map((number) => [number, number === 7 ? 30 : 100]),
    );
    expect(sender.sent.bytes).toBe(630);
  });

  it('is kept when its host was held up, or it was to rest: its schedule slips', async () => {
    const { time, sender, arrived, hold } = await setUp({ pace: paceOfAmount(10, 100, milliseconds(10)) });
    sender.start(time.now());
    hold(milliseconds(70));
    await time.advance(milliseconds(80));
    sender.rest(true);
    await time.advance(milliseconds(200));
    sender.rest(false);
    await time.settle(endedOf(sender));
    await time.advance(milliseconds(10));
    expect(arrived.map(({ number }) => number)).toStrictEqual(numbers(10));
    expect(sender.sent.unsent).toStrictEqual({ heldUp: 0, refused: 0, blocked: 0 });
  });
});

describe('what is omitted', () => {
  it.each([
    ['is marked, and what follows is numbered anew', true, 'x1 x2 x3 x4 1 2'],
    ['goes on in numbers where it is not marked', false, '1 2 3 4 5 6'],
  ])('%s', async (_, marksOmitted, expected) => {
    const pace = paceOf(milliseconds(10), milliseconds(20));
    const { time, sender, arrived, begin } = await setUp({ pace, omit: milliseconds(35), marksOmitted });
    sender.start(begin);
    await time.advance(milliseconds(34));
    sender.count(after(begin, milliseconds(35)));
    await time.settle(endedOf(sender));
    await time.advance(milliseconds(10));
    expect(arrived.map(({ isOmitted, number }) => `${isOmitted ? 'x' : ''}${number}`).join(' ')).toBe(expected);
    expect([sender.sent.messages, sender.sent.omitted]).toStrictEqual([2, 4]);
  });
});
