import { encodeStreamOpening, writeDatagramHeader } from '@pathgauge/protocol';
import { TransportError } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { paceOfAmount, planOf } from '../../../test/load-plans';
import { ANSWER, LENGTH, streamScene } from '../../../test/stream-scene';
import { usualStream } from '../../../test/usual-stream';
import type { LoadPlan } from '../plan/load-plan';
import { IncomingDatagrams } from './incoming-datagrams';
import { IntervalClock } from './interval-clock';
import { AnsweredOpening } from './opening';
import type { StreamOptions } from './stream-options';
import { StreamProgress } from './stream-progress';

const ms = milliseconds;

const datagram = (number: number, isOmitted = false): Uint8Array => {
  const bytes = new Uint8Array(LENGTH);
  writeDatagramHeader(bytes, 0, true, { seconds: 1_700_000_001, subseconds: 0, number, isOmitted });
  return bytes;
};

/** What arrives at a server, of a client that is a millisecond away. */
async function setUp(plan: Partial<LoadPlan> = {}, options: Partial<StreamOptions> = {}) {
  const { time, near, sockets, at } = streamScene();
  const [socket, other] = await sockets();
  // The client's end, as the server knows it from the opening.
  socket.send(new Uint8Array(1));
  await time.advance(ms(2));
  const heard = {
    onComplete: jest.fn(),
    onBroken: jest.fn(),
    onClosed: jest.fn(),
    onSendError: jest.fn(),
    onIcmp: jest.fn(),
  };
  const progress = new StreamProgress();
  const ends: number[] = [];
  const intervals = new IntervalClock(near, seconds(1), {
    onInterval: ({ endNs }) => ends.push(endNs),
    onSettled: () => {},
  });
  const all: StreamOptions = usualStream(near, planOf({ protocol: 'udp', length: LENGTH, ...plan }), {
    id: 3,
    isSending: false,
    ...options,
  });
  const answers: Uint8Array[] = [];
  const peer = socket.local;
  other.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) answers.push(batch.payload(i).slice());
  });
  const context = { host: near, intervals, progress, listener: heard, stalls: () => 0 };
  const incoming = new IncomingDatagrams(socket, new AnsweredOpening(ANSWER), all, context);
  const arrive = async (bytes: Uint8Array): Promise<void> => {
    other.send(bytes, peer);
    await time.advance(ms(1.5));
  };
  return { time, at, socket, incoming, intervals, ends, progress, heard, answers, arrive };
}

it('answers an opening as often as it is asked, and counts none of it', async () => {
  const { incoming, arrive, answers, time } = await setUp();
  await arrive(encodeStreamOpening(undefined));
  await time.advance(ms(5));
  expect(answers).toStrictEqual([ANSWER, ANSWER]);
  expect(incoming.meter.bytes).toBe(0);
});

it('accounts for what it received', async () => {
  const { incoming, arrive, progress } = await setUp();
  for (const number of [1, 3, 3]) await arrive(datagram(number));
  expect(incoming.account()).toMatchObject({
    figures: { id: 3, bytes: 2 * LENGTH, messages: 2, expected: 3, duplicates: 1 },
    iperf3: { errors: 0, packets: 3 },
    congestion: undefined,
    sendError: undefined,
    icmp: [],
  });
  expect([progress.bytes, progress.isComplete]).toStrictEqual([2 * LENGTH, undefined]);
});

it('begins with its first arrival, or with an opening that was asked for again', async () => {
  for (const [first, begin] of [
    [datagram(1), 503],
    [encodeStreamOpening(undefined), 503],
  ] as const) {
    const { time, intervals, at, arrive } = await setUp();
    intervals.start(at(2));
    await time.advance(ms(500));
    await arrive(first);
    expect(intervals.begin).toBe(at(begin));
    await arrive(datagram(2));
    // What arrived first keeps its place; an opening gives way to data.
    expect(intervals.begin).toBe(at(first.length === LENGTH ? 503 : 504.5));
  }
});

it('begins where the marked ones end, and not with those', async () => {
  const { time, intervals, incoming, at, arrive } = await setUp({ omit: ms(400) });
  intervals.start(at(402));
  await arrive(datagram(1, true));
  await time.advance(ms(300));
  await arrive(datagram(2, true));
  expect([intervals.begin, incoming.meter.bytes]).toStrictEqual([at(402), 0]);
  await arrive(datagram(1));
  expect([intervals.begin, incoming.meter.bytes]).toStrictEqual([at(306), LENGTH]);
});

it('begins as much later as an opening that is asked for again comes', async () => {
  const { intervals, at, arrive } = await setUp({ omit: ms(400) });
  intervals.start(at(402));
  await arrive(encodeStreamOpening(undefined));
  expect(intervals.begin).toBe(at(403));
});

it('begins by its own time with a plain peer: what came before counts in nothing', async () => {
  const { incoming, arrive } = await setUp({ omit: ms(400) }, { anchor: undefined });
  await arrive(datagram(1));
  await arrive(datagram(2));
  incoming.count();
  await arrive(datagram(3));
  expect(incoming.account()).toMatchObject({
    figures: { bytes: LENGTH, messages: 1, expected: 1 },
    iperf3: { packets: 3, omittedPackets: 2 },
  });
});

it('says once that an amount has come', async () => {
  const { arrive, heard, progress } = await setUp({}, { pace: paceOfAmount(2, LENGTH, ms(10)) });
  await arrive(datagram(1));
  expect(heard.onComplete).not.toHaveBeenCalled();
  await arrive(datagram(2));
  await arrive(datagram(2));
  expect([heard.onComplete.mock.calls.length, progress.isComplete]).toStrictEqual([1, true]);
});

it('has come at once where it is to get nothing of an amount', async () => {
  const { heard, progress } = await setUp({}, { pace: paceOfAmount(0, LENGTH, ms(10)) });
  expect([heard.onComplete.mock.calls.length, progress.isComplete]).toStrictEqual([1, true]);
});

it('tells what the system says of its answers', async () => {
  const { socket, incoming, heard } = await setUp();
  socket.reportEarlier(new TransportError('EHOSTUNREACH', 'unreachable'), undefined);
  expect(heard.onIcmp).toHaveBeenCalledTimes(1);
  expect(incoming.account().icmp).toMatchObject([{ error: 'EHOSTUNREACH', count: 1 }]);
});
