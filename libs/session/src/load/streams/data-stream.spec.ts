import { encodeStreamOpening, writeDatagramHeader, writeRecordHeader } from '@pathgauge/protocol';
import type { Interval } from '@pathgauge/result';
import { connectedStreams, type FakeDatagrams, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { IcmpError, type StreamSocket, TransportError } from '@pathgauge/transport';
import { type Instant, milliseconds, type Span, seconds } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { ALL_METRICS } from '../../metric-switches';
import { DataStream } from './data-stream';
import { AnsweredOpening, AskedOpening } from './opening';
import type { StreamLink } from './stream-link';
import type { StreamOptions } from './stream-options';
import { StreamProgress } from './stream-progress';

const ms = milliseconds;
const ANSWER = Uint8Array.of(0x36, 0x37, 0x38, 0x39);
const LENGTH = 100;

let restore = (): void => {};
afterEach(() => restore());

/** Two hosts, a millisecond apart, and streams between them. */
function scene() {
  const time = new VirtualTime();
  restore = time.install();
  const network = new FakeNetwork(time);
  const near = network.host('10.0.0.1');
  const far = network.host('10.0.0.2');
  const begin = time.now();
  const told: string[] = [];
  const intervals: (Interval & { readonly transitMeanNs: number | undefined })[] = [];

  const optionsOf = (options: Partial<StreamOptions>): StreamOptions => ({
    id: 1,
    plan: planOf({ length: LENGTH }),
    isSending: true,
    metrics: ALL_METRICS,
    anchor: near.clock.anchor(),
    peerBaseSeconds: 0,
    reportInterval: seconds(1),
    hangsUp: false,
    ...options,
  });
  const streamOver = (link: StreamLink, options: Partial<StreamOptions>) => {
    const progress = new StreamProgress();
    const stream = new DataStream(link, optionsOf(options), near, progress, {
      onInterval: ({ interval, transitMeanNs }) => intervals.push({ ...interval, transitMeanNs }),
      onBroken: (why) => told.push(`broken: ${why}`),
      onClosed: (error) => told.push(`closed: ${error?.message}`),
      onSendError: ({ message }) => told.push(`not sent: ${message}`),
      onIcmp: ({ error }) => told.push(`icmp: ${error}`),
    });
    const stop = (): Promise<void> => new Promise((resolve) => stream.stop(resolve));
    return { stream, progress, stop };
  };

  return {
    time,
    network,
    near,
    far,
    told,
    intervals,
    streamOver,
    /** Virtual time since the beginning, in milliseconds. */
    at: (afterMs: number): Instant => (begin + afterMs * 1e6) as Instant,
    now: (): number => (time.now() - begin) / 1e6,
    /** This end's connection, and the other one. */
    connection(): [StreamSocket, StreamSocket] {
      const end = (address: string, { clock }: typeof near) => ({
        endpoint: { address, port: 7 },
        clock,
        delay: ms(1),
      });
      return connectedStreams(time, end('10.0.0.1', near), end('10.0.0.2', far));
    },
    /** This end's connected socket, and the other one. */
    async sockets(): Promise<[FakeDatagrams, FakeDatagrams]> {
      const other = await far.bindDatagrams({ bind: { port: 7 } });
      return [(await near.connectDatagrams(other.local, {})) as FakeDatagrams, other as FakeDatagrams];
    },
  };
}

/** `count` records of `LENGTH` bytes, sent at virtual time 0. */
function records(count: number, isLast = true): Uint8Array {
  const bytes = new Uint8Array(count * LENGTH);
  for (let i = 0; i < count; i++) {
    const sent = { seconds: 1_700_000_001, nanoseconds: 0 };
    writeRecordHeader(bytes, i * LENGTH, { length: LENGTH, last: isLast && i === count - 1, sequence: i, sent });
  }
  return bytes;
}

function datagram(number: number): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  writeDatagramHeader(bytes, 0, true, { seconds: 1_700_000_001, subseconds: 0, number });
  return bytes;
}

const paced = (spacing: Span, duration: Span, protocol: 'tcp' | 'udp' = 'tcp') =>
  planOf({ protocol, length: LENGTH, spacing, duration });

describe('a stream that is sent over a connection', () => {
  it('tells what left in each interval, then everything; whoever looks sees how far it is', async () => {
    const { time, intervals, told, streamOver, connection, at } = scene();
    const [stream, other] = connection();
    other.onData(() => {});
    const sending = streamOver(
      { kind: 'stream', stream, unread: new Uint8Array(0) },
      { plan: paced(ms(100), seconds(2)) },
    );
    expect(sending.progress.isComplete).toBe(true);
    sending.stream.start();
    await time.advance(ms(1450));
    expect(sending.progress.bytes).toBe(15 * LENGTH);
    await time.advance(ms(1000));
    await time.settle(sending.stop());
    const outcome = sending.stream.finish(at(2500));
    // A record each 100 ms: 10 in each second; the one due at the boundary counts behind it.
    expect(intervals).toMatchObject([
      { startNs: 0, endNs: 1e9, bytes: 1000, messages: 10, measuredAt: 'sender', direction: 'up' },
      { startNs: 1e9, endNs: 2e9, bytes: 1000, messages: 10 },
    ]);
    expect(outcome).toMatchObject({
      figures: { id: 1, bytes: 2000, messages: 20, durationNs: 2e9, notSent: { heldUp: 0, refused: 0, blocked: 0 } },
      loadNs: 2e9,
      iperf3: undefined,
      sendError: { count: 20, maxNs: 0 },
      icmp: [],
      offloads: [],
      clockSteps: undefined,
    });
    expect(outcome.figures.hostStalls).toMatchObject({ count: 0 });
    expect(told).toStrictEqual([]);
  });

  it('has no messages where it is plain, and hangs up only where that is wanted', async () => {
    for (const hangsUp of [false, true]) {
      const { time, streamOver, connection, at } = scene();
      const [stream, other] = connection();
      other.onData(() => {});
      const closed = jest.fn();
      other.onClose(closed);
      const options = { anchor: undefined, hangsUp, plan: planOf({ length: LENGTH, duration: ms(5) }) };
      const sending = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, options);
      sending.stream.start();
      await time.settle(sending.stop());
      await time.advance(ms(10));
      expect(closed).toHaveBeenCalledTimes(hangsUp ? 1 : 0);
      const { figures } = sending.stream.finish(at(10));
      expect(figures).toMatchObject({ messages: undefined, bytes: sending.progress.bytes });
      restore();
    }
  });

  it('says that the connection has ended', async () => {
    const { time, streamOver, connection, told } = scene();
    const [stream, other] = connection();
    const sending = streamOver(
      { kind: 'stream', stream, unread: new Uint8Array(0) },
      { plan: paced(ms(100), seconds(9)) },
    );
    sending.stream.start();
    other.destroy();
    await time.advance(seconds(1));
    expect(told).toStrictEqual(['closed: undefined']);
    // A write that will never be taken holds nobody up.
    await time.settle(sending.stop());
  });

  it('closes its connection when it is released, and tells nothing more', async () => {
    const { time, streamOver, connection, intervals } = scene();
    const [stream, other] = connection();
    const closed = jest.fn();
    other.onClose(closed);
    const sending = streamOver(
      { kind: 'stream', stream, unread: new Uint8Array(0) },
      { plan: paced(ms(100), seconds(9)) },
    );
    sending.stream.start();
    await time.advance(ms(500));
    sending.stream.release();
    await time.advance(seconds(5));
    expect([closed.mock.calls.length, intervals.length]).toStrictEqual([1, 0]);
    expect(sending.progress.bytes).toBe(6 * LENGTH);
  });
});

describe('a stream that is received over a connection', () => {
  const receiving = { isSending: false, plan: planOf({ length: LENGTH, duration: seconds(2) }) };

  it('measures each record, and knows when the last has come', async () => {
    const { time, streamOver, connection, intervals, at } = scene();
    const [stream, other] = connection();
    const { stream: received, progress } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, receiving);
    expect(progress.isComplete).toBe(false);
    received.start();
    await time.advance(ms(200));
    other.write(records(4, false));
    await time.advance(ms(300));
    expect([progress.bytes, progress.lastArrival, progress.isComplete]).toStrictEqual([400, at(201), false]);
    other.write(records(1));
    await time.advance(ms(10));
    expect([progress.bytes, progress.isComplete]).toStrictEqual([500, true]);
    const { figures, loadNs } = received.finish(at(2201));
    expect(figures).toMatchObject({ bytes: 500, messages: 5, durationNs: 300e6, transit: { count: 5, minNs: 201e6 } });
    // The load began with its first arrival.
    expect(loadNs).toBe(2e9);
    expect(intervals).toMatchObject([{ startNs: 0, endNs: 2e9, bytes: 500, messages: 5, measuredAt: 'receiver' }]);
    // (4 * 201 + 501) / 5 ms.
    expect(intervals[0]?.transitMeanNs).toBe(261e6);
  });

  it('counts what has already been read of it', () => {
    const { streamOver, connection, at } = scene();
    const [stream] = connection();
    const { stream: received, progress } = streamOver({ kind: 'stream', stream, unread: records(2) }, receiving);
    expect([progress.bytes, progress.isComplete]).toStrictEqual([200, true]);
    received.start();
    expect(received.finish(at(0)).figures).toMatchObject({ bytes: 200, messages: 2 });
  });

  it('is broken once by what no sender of records writes; nothing behind that counts', async () => {
    const { time, streamOver, connection, told } = scene();
    const [stream, other] = connection();
    const { progress } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, receiving);
    other.write(new Uint8Array(50));
    await time.advance(ms(2));
    other.write(new Uint8Array(50));
    await time.advance(ms(2));
    expect(told).toStrictEqual(['broken: the stream is not one of records: bad length']);
    expect(progress.bytes).toBe(50);
  });

  it('has bytes alone from a plain peer, and does not know when all has come', async () => {
    const { time, streamOver, connection, at } = scene();
    const [stream, other] = connection();
    const plain = { ...receiving, anchor: undefined };
    const { stream: received, progress } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, plain);
    received.start();
    other.write(new Uint8Array(777));
    await time.advance(ms(2));
    expect([progress.bytes, progress.isComplete]).toStrictEqual([777, undefined]);
    const { figures } = received.finish(at(2000));
    expect(figures).toMatchObject({ bytes: 777, messages: undefined, transit: undefined, jitterNs: undefined });
  });

  it('counts transit times from the base that the peer counts from', async () => {
    const { time, streamOver, connection, at, near } = scene();
    const [stream, other] = connection();
    const ahead = { ...receiving, anchor: near.clock.anchor(), peerBaseSeconds: 1000 };
    const { stream: received } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, ahead);
    received.start();
    other.write(records(1));
    await time.advance(ms(2));
    expect(received.finish(at(2000)).figures.transit).toMatchObject({ baseSeconds: -1000 });
  });

  it('stops at once, and rests from nothing', async () => {
    const { time, streamOver, connection } = scene();
    const [stream] = connection();
    const { stream: received, stop } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, receiving);
    received.start();
    received.rest(true);
    await time.settle(stop());
  });
});

describe('a stream of datagrams that is sent', () => {
  const sent = { plan: paced(ms(100), seconds(2), 'udp') };

  async function sending(options: Partial<StreamOptions> = sent) {
    const all = scene();
    const [socket, other] = await all.sockets();
    const heard: Uint8Array[] = [];
    other.onBatch((batch) => {
      for (let i = 0; i < batch.count; i++) heard.push(batch.payload(i));
    });
    socket.mtuBytes = 1500;
    const opening = new AnsweredOpening(ANSWER);
    return { ...all, ...all.streamOver({ kind: 'datagrams', socket, opening }, options), socket, other, heard };
  }

  it('opens, and sends when it is started', async () => {
    const { time, stream, heard, at, intervals, stop } = await sending();
    await time.advance(ms(50));
    expect(heard).toStrictEqual([ANSWER]);
    stream.start();
    await time.advance(seconds(3));
    expect(heard).toHaveLength(21);
    await time.settle(stop());
    const { figures, sendError, loadNs } = stream.finish(at(2050));
    expect(figures).toMatchObject({ bytes: 2000, messages: 20, durationNs: 2e9, pathMtu: { bytes: 1500 }, icmp: [] });
    expect([sendError?.count, loadNs, intervals.length]).toStrictEqual([20, 2e9, 2]);
  });

  it('tells no interval of a load that is over, however long its end takes to be said', async () => {
    const { time, stream, intervals, at } = await sending();
    stream.start();
    await time.advance(seconds(30));
    expect(intervals).toHaveLength(2);
    expect(stream.finish(at(30_000)).loadNs).toBe(2e9);
    expect(intervals).toHaveLength(2);
  });

  it('gives the same outcome ever after', async () => {
    const { time, stream, at, intervals } = await sending();
    stream.start();
    await time.advance(ms(1500));
    const outcome = stream.finish(at(1500));
    await time.advance(ms(600));
    expect(stream.finish(at(2100))).toBe(outcome);
    expect(intervals).toHaveLength(2);
  });

  it('tells what the system refuses once a code, and what ICMP says', async () => {
    const { time, stream, socket, told, at } = await sending();
    stream.start();
    socket.refusal = new TransportError('ENETUNREACH', 'no route');
    await time.advance(ms(350));
    socket.refusal = undefined;
    const icmp = { version: 4, type: 3, code: 4, from: '10.0.0.9', mtuBytes: 1400 } as const;
    socket.tellEarlier(new IcmpError('EMSGSIZE', icmp), undefined);
    expect(told).toStrictEqual(['not sent: no route', 'icmp: EMSGSIZE']);
    const { figures, icmp: heard } = stream.finish(at(350));
    expect(figures).toMatchObject({ notSent: { refused: 3 }, pathMtu: { bytes: 1400 }, icmp: [{ ...icmp, count: 1 }] });
    expect(heard).toStrictEqual([{ error: 'EMSGSIZE', icmp, count: 1 }]);
  });

  it('ends when nobody listens any more', async () => {
    const { time, stream, other, told, progress } = await sending();
    stream.start();
    await time.advance(ms(300));
    other.close();
    await time.advance(seconds(1));
    expect(told.at(-1)).toBe('closed: datagrams are refused: nobody listens there any more');
    const { bytes } = progress;
    await time.advance(seconds(1));
    expect(progress.bytes).toBe(bytes);
  });

  it('sends nothing while it rests, and does not make up for it', async () => {
    const { time, stream, progress } = await sending();
    stream.start();
    await time.advance(ms(450));
    stream.rest(true);
    await time.advance(ms(500));
    expect(progress.bytes).toBe(5 * LENGTH);
    stream.rest(false);
    await time.advance(seconds(3));
    expect(progress.bytes).toBeLessThanOrEqual(16 * LENGTH);
  });

  it('sees that its host was held up', async () => {
    const { time, stream, network, at } = await sending();
    stream.start();
    await time.advance(ms(450));
    network.clockOf('10.0.0.1')?.hold(ms(300));
    await time.advance(ms(1000));
    const { figures } = stream.finish(at(1450));
    expect(figures.hostStalls).toMatchObject({ count: 1 });
    expect(figures.hostStalls?.longestNs).toBeGreaterThan(270e6);
    // Due at 500 and 600 ms; the one of 700 is the newest.
    expect(figures.notSent).toStrictEqual({ heldUp: 2, refused: 0, blocked: 0 });
  });

  it('sees a stall that the end of the load falls into', async () => {
    const { time, stream, network, at } = await sending();
    stream.start();
    await time.advance(ms(450));
    network.clockOf('10.0.0.1')?.hold(ms(300));
    await time.advance(ms(299));
    expect(stream.finish(at(749)).figures.hostStalls).toMatchObject({ count: 1 });
  });

  it('closes its socket when it is released', async () => {
    const { time, stream, network, socket, heard } = await sending();
    stream.start();
    await time.advance(ms(250));
    stream.release();
    await time.advance(seconds(2));
    expect(network.sockets.size).toBe(1);
    expect([heard.length, socket.local.address]).toStrictEqual([4, '10.0.0.1']);
  });
});

describe('a stream of datagrams that is received', () => {
  async function receiving() {
    const all = scene();
    const [socket, other] = await all.sockets();
    const requests = jest.fn();
    other.onBatch(requests);
    const onOpened = jest.fn();
    const opening = new AskedOpening(encodeStreamOpening(undefined), all.near, onOpened);
    const options = { isSending: false, plan: paced(ms(100), seconds(2), 'udp') };
    socket.drops = 3;
    const stream = all.streamOver({ kind: 'datagrams', socket, opening }, options);
    const send = (...payloads: Uint8Array[]): void => {
      for (const payload of payloads) other.send(payload, socket.local);
    };
    return { ...all, ...stream, socket, requests, onOpened, send };
  }

  it('counts datagrams from the first on, also one that overtakes the answer', async () => {
    const { time, stream, send, onOpened, progress, socket, intervals, at } = await receiving();
    send(datagram(1));
    await time.advance(ms(2));
    expect([onOpened.mock.calls.length, progress.bytes, progress.isComplete]).toStrictEqual([0, 100, undefined]);
    send(ANSWER);
    await time.advance(ms(3));
    expect(onOpened).toHaveBeenCalledTimes(1);
    stream.start();
    send(datagram(2), datagram(4), datagram(4));
    await time.advance(ms(1200));
    socket.drops = 4;
    const outcome = stream.finish(at(1205));
    expect(outcome).toMatchObject({
      figures: { bytes: 300, messages: 3, duplicates: 1, expected: 4, hostDropped: 1, hostDroppedEstimated: false },
      // iperf3 takes the second 4 for one that was late: the missing 3 is forgiven.
      iperf3: { errors: 0, packets: 4 },
      sendError: undefined,
    });
    // The load is counted from its first datagram, which was here before it was told to begin.
    expect(intervals[0]).toMatchObject({ startNs: 0, endNs: 1e9, messages: 3, lost: 1 });
    // Of what a receiver sends nothing is told to the peer: no path of it was measured.
    expect([outcome.figures.icmp, outcome.figures.pathMtu]).toStrictEqual([undefined, undefined]);
  });

  it('says what its socket can do before the load', async () => {
    const { stream } = await receiving();
    expect(stream.facts).toStrictEqual({ receiveTimestamps: 'user', receiveBufferBytes: undefined });
  });

  it('tells what ICMP says of its opening, and goes on asking', async () => {
    const { time, stream, socket, told, requests } = await receiving();
    socket.tellEarlier(new TransportError('ECONNREFUSED', 'refused'), undefined);
    await time.advance(ms(999));
    socket.tellEarlier(new TransportError('ECONNREFUSED', 'refused'), undefined);
    expect(told).toStrictEqual(['icmp: ECONNREFUSED']);
    expect(requests).toHaveBeenCalledTimes(4);
    stream.release();
    await time.advance(seconds(2));
    expect(requests).toHaveBeenCalledTimes(4);
  });
});

it('has lasted for no time when it never began', async () => {
  const { streamOver, connection, at, intervals } = scene();
  const [stream] = connection();
  const { stream: never } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, {});
  expect(never.finish(at(500))).toMatchObject({ loadNs: 0, figures: { bytes: 0, messages: 0, durationNs: 0 } });
  expect(intervals).toMatchObject([{ startNs: 0, endNs: 0, bytes: 0 }]);
});
