import { type RecordHeader, RecordReader } from '@pathgauge/protocol';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { StreamSocket } from '@pathgauge/transport';
import { after, bitsPerSecond, milliseconds, type Span, seconds, spacingOf, span, WallMap } from '@pathgauge/units';
import { endedOf, stopped } from '../../../test/ended-of';
import { paceOf, paceOfAmount } from '../../../test/load-plans';
import { RecordSender, type RecordSenderOptions } from './record-sender';
import { StreamProgress } from './stream-progress';

/** A sender over a connection in memory whose writes take `delay`, and everything that arrives. */
async function setUp(options: Partial<RecordSenderOptions>, delay: Span = milliseconds(1)) {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  network.streamDelay = () => delay;
  const [client, server] = [network.host('10.0.0.1'), network.host('10.0.0.2')];
  const chunks: Uint8Array[] = [];
  const accepted: StreamSocket[] = [];
  const { local } = await server.listen({ port: 7 }, (stream) => {
    accepted.push(stream);
    stream.onData((chunk) => chunks.push(chunk));
  });
  const stream = await time.settle(client.connectStream(local, { timeoutMs: 1 }));
  const heard: number[] = [];
  const begin = client.clock.now();
  const sender = new RecordSender(
    stream,
    {
      direction: 'up',
      beforeSend: () => {},
      omit: span(0),
      length: 1000,
      progress: new StreamProgress(),
      pace: paceOf(undefined, undefined),
      wall: new WallMap(client.clock.anchor()),
      stalls: () => 0,
      maxBytesPerSecond: undefined,
      ...options,
    },
    client,
  );
  const record = sender.sent.record.bind(sender.sent);
  jest.spyOn(sender.sent, 'record').mockImplementation((bytes, messages, at) => {
    heard.push(at - begin);
    record(bytes, messages, at);
  });
  const records = (): RecordHeader[] => {
    const all: RecordHeader[] = [];
    const reader = new RecordReader((header) => all.push({ ...header, sent: { ...header.sent } }));
    for (const chunk of chunks) expect(reader.push(chunk)).toBeUndefined();
    expect(reader.atBoundary).toBe(true);
    return all;
  };
  return { time, begin, sender, heard, chunks, records, peer: accepted[0] as StreamSocket };
}

describe('a paced stream', () => {
  it('sends the planned records, each when it is due, the last one marked', async () => {
    const pace = paceOf(milliseconds(100), seconds(1));
    const { time, sender, heard, records, begin } = await setUp({ pace, length: 40 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    const all = records();
    expect(all).toHaveLength(10);
    expect(all.map(({ sequence }) => sequence)).toStrictEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(all.map(({ last }) => last)).toStrictEqual([...Array(9).fill(false), true]);
    expect(new Set(all.map(({ length }) => length))).toStrictEqual(new Set([40]));
    expect(heard).toStrictEqual(Array.from({ length: 10 }, (_, i) => i * 1e8));
    const ninth = all[9]?.sent as { seconds: number; nanoseconds: number };
    expect((ninth.seconds - 1_700_000_000) * 1e9 + ninth.nanoseconds).toBe(begin + 9e8);
    expect([sender.sent.messages, sender.sent.bytes]).toStrictEqual([10, 400]);
    expect(sender.sent.error()).toMatchObject({ count: 10, minNs: 0, maxNs: 0 });
  });

  it('does not make up for what a path did not take in time, and does not take that for a stall', async () => {
    // Each write is under way for 250 ms: at 0, 250, 500, ... the newest is sent, and what was due before has had its time.
    const pace = paceOf(milliseconds(100), seconds(1));
    const { time, sender, heard, records } = await setUp({ pace, length: 40 }, milliseconds(250));
    sender.start(time.now());
    await time.settle(endedOf(sender));
    expect(heard).toStrictEqual([0, 250e6, 500e6, 750e6, 1000e6]);
    // Sent: 0, 2 (due at 200), 5 (at 500, and 4 at 400 not), 7, 9; not sent: 1, 3, 4, 6, 8. Numbered without a gap all the same.
    expect(records().map(({ sequence }) => sequence)).toStrictEqual([0, 1, 2, 3, 4]);
    expect(records().map(({ last }) => last)).toStrictEqual([false, false, false, false, true]);
    expect(sender.sent.unsent).toStrictEqual({ heldUp: 0, refused: 0, blocked: 5 });
    // Due at 900 and sent at 1000: 100 ms late.
    expect(sender.sent.error()).toMatchObject({ count: 5, minNs: 0, maxNs: 100e6 });
  });

  it('does not make up for the time in which its host was held up, also while a write was under way', async () => {
    const pace = paceOf(milliseconds(100), seconds(1));
    let stalls = 0;
    const { time, sender, records } = await setUp({ pace, length: 40, stalls: () => stalls++ }, milliseconds(250));
    sender.start(time.now());
    await time.settle(endedOf(sender));
    expect(records()).toHaveLength(5);
    expect(sender.sent.unsent).toStrictEqual({ heldUp: 5, refused: 0, blocked: 0 });
  });

  it('keeps to a spacing that is no whole number', async () => {
    const spacing = spacingOf(1000, bitsPerSecond(3_000_001));
    const { time, sender, records } = await setUp({ pace: paceOf(spacing, milliseconds(20)), length: 1000 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    // 20 ms of 375 000.125 bytes a second are 7.5 records: the eighth begins before the end.
    expect(records()).toHaveLength(8);
  });

  it('is sent to its end when it is stopped just before the last is due', async () => {
    const { time, sender, records } = await setUp({ pace: paceOf(milliseconds(20), milliseconds(200)), length: 40 });
    sender.start(time.now());
    await time.advance(milliseconds(170));
    await time.settle(stopped(sender));
    expect(records().map(({ last }) => last)).toStrictEqual([...Array(9).fill(false), true]);
  });

  it('ends with its time where no number of records was planned', async () => {
    const pace = { ...paceOf(milliseconds(20), undefined), duration: milliseconds(100) };
    const { time, sender, records } = await setUp({ pace, length: 40 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    expect(records()).toHaveLength(5);
  });

  it('stops at once, in the middle', async () => {
    const { time, sender, records } = await setUp({ pace: paceOf(milliseconds(100), seconds(10)), length: 40 });
    sender.start(time.now());
    await time.advance(milliseconds(250));
    await time.settle(stopped(sender));
    await time.advance(seconds(10));
    expect(records()).toHaveLength(3);
    expect(sender.sent.messages).toBe(3);
  });
});

describe('an unpaced stream', () => {
  it('sends until its time is over; bytes are messages times length, and the last one is marked', async () => {
    const { time, sender, records } = await setUp({ pace: paceOf(undefined, milliseconds(20)), length: 131_072 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    await time.advance(seconds(1));
    const all = records();
    const { messages, bytes } = sender.sent;
    expect(all).toHaveLength(messages);
    expect(bytes).toBe(messages * 131_072);
    // A write of four records each millisecond, from 0 to 20 ms, and one with the mark.
    expect(messages).toBe(4 * 21);
    expect(all.map(({ sequence }) => sequence)).toStrictEqual(all.map((_, i) => i));
    expect(all.filter(({ last }) => last).map(({ sequence }) => sequence)).toStrictEqual([messages - 1]);
    expect(sender.sent.error()).toBeUndefined();
  });

  it('sends one more chunk when it is stopped, with the mark in it', async () => {
    const { time, sender, records } = await setUp({ length: 1_048_576 });
    sender.start(time.now());
    await time.advance(milliseconds(5.5));
    await time.settle(stopped(sender));
    const all = records();
    expect(all.map(({ last }) => last)).toStrictEqual([...Array(all.length - 1).fill(false), true]);
    await time.advance(seconds(1));
    expect(records()).toHaveLength(all.length);
  });

  it('gives the event loop a turn', async () => {
    const { time, sender } = await setUp({ length: 1000 });
    sender.start(time.now());
    await time.advance(milliseconds(50));
    expect(sender.sent.bytes).toBeGreaterThan(20 * 524_000);
    sender.stop(false);
  });

  it('sends plain blocks to a plain peer', async () => {
    const { time, sender, chunks } = await setUp({
      wall: undefined,
      pace: paceOf(undefined, milliseconds(3)),
      length: 3000,
    });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    const total = chunks.reduce((sum, { length }) => sum + length, 0);
    expect(total).toBe(sender.sent.bytes);
    expect(total % 3000).toBe(0);
  });

  it('never begins when it is stopped before', async () => {
    const { time, sender, chunks } = await setUp({});
    await time.settle(stopped(sender));
    await time.advance(seconds(1));
    expect(chunks).toStrictEqual([]);
  });
});

describe('an amount over a connection', () => {
  it.each([
    ['paced', milliseconds(10)],
    ['unpaced', undefined],
  ] as const)('is sent to the byte, %s, with the mark of the last record', async (_, spacing) => {
    const { time, sender, records } = await setUp({ pace: paceOfAmount(7, 30, spacing), length: 1000 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    await time.advance(milliseconds(10));
    const all = records();
    expect(all.map(({ length }) => length)).toStrictEqual([...Array(6).fill(1000), 30]);
    expect(all.map(({ last }) => last)).toStrictEqual([...Array(6).fill(false), true]);
    expect(sender.sent.bytes).toBe(6030);
  });

  it('of nothing writes nothing', async () => {
    const { time, sender, chunks } = await setUp({ pace: paceOfAmount(0, 1000), length: 1000 });
    sender.start(time.now());
    await time.settle(endedOf(sender));
    expect(chunks).toStrictEqual([]);
  });

  it('is kept when its path took nothing for a while: its schedule slips', async () => {
    const { time, sender } = await setUp(
      { pace: paceOfAmount(10, 1000, milliseconds(10)), length: 1000 },
      milliseconds(60),
    );
    sender.start(time.now());
    await time.settle(endedOf(sender));
    expect([sender.sent.messages, sender.sent.unsent]).toStrictEqual([10, { heldUp: 0, refused: 0, blocked: 0 }]);
  });
});

describe('what is omitted', () => {
  it('is marked, counts in nothing, and is followed by the load from its own beginning', async () => {
    const pace = paceOf(milliseconds(10), milliseconds(50));
    const { time, sender, records, begin } = await setUp({ pace, omit: milliseconds(35), length: 40 });
    sender.start(begin);
    await time.advance(milliseconds(34));
    sender.count(after(begin, milliseconds(35)));
    await time.settle(endedOf(sender));
    expect(records().map(({ isOmitted, sequence }) => [isOmitted, sequence])).toStrictEqual([
      ...[0, 1, 2, 3].map((sequence) => [true, sequence]),
      ...[0, 1, 2, 3, 4].map((sequence) => [false, sequence]),
    ]);
    expect([sender.sent.messages, sender.sent.omitted]).toStrictEqual([5, 4]);
  });
});

it('waits for no write when nobody reads any more', async () => {
  const { time, sender } = await setUp({}, seconds(60));
  sender.start(time.now());
  await time.advance(milliseconds(10));
  sender.stop(true);
  await endedOf(sender);
});
