import { writeRecordHeader } from '@pathgauge/protocol';
import { milliseconds, seconds } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { LENGTH, pacedPlan, streamScene } from '../../../test/stream-scene';

const ms = milliseconds;

/** `count` records of `LENGTH` bytes, sent at virtual time 0. */
function records(count: number, isLast = true): Uint8Array {
  const bytes = new Uint8Array(count * LENGTH);
  for (let i = 0; i < count; i++) {
    const sent = { seconds: 1_700_000_001, nanoseconds: 0 };
    writeRecordHeader(bytes, i * LENGTH, {
      length: LENGTH,
      last: isLast && i === count - 1,
      isOmitted: false,
      sequence: i,
      sent,
    });
  }
  return bytes;
}

describe('a stream that is sent over a connection', () => {
  it('tells what left in each interval, then everything; whoever looks sees how far it is', async () => {
    const { time, intervals, told, streamOver, connection, at } = streamScene();
    const [stream, other] = connection();
    other.onData(() => {});
    const sending = streamOver(
      { kind: 'stream', stream, unread: new Uint8Array(0) },
      { plan: pacedPlan(ms(100), seconds(2)) },
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
    expect(told).toStrictEqual(['complete']);
  });

  it('has no messages where it is plain, and hangs up only where that is wanted', async () => {
    for (const hangsUp of [false, true]) {
      const { time, streamOver, connection, at } = streamScene();
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
    }
  });

  it('says that the connection has ended', async () => {
    const { time, streamOver, connection, told } = streamScene();
    const [stream, other] = connection();
    const sending = streamOver(
      { kind: 'stream', stream, unread: new Uint8Array(0) },
      { plan: pacedPlan(ms(100), seconds(9)) },
    );
    sending.stream.start();
    other.destroy();
    await time.advance(seconds(1));
    expect(told).toStrictEqual(['closed: undefined', 'complete']);
    // A write that will never be taken holds nobody up.
    await time.settle(sending.stop());
  });

  it('closes its connection when it is released, and tells nothing more', async () => {
    const { time, streamOver, connection, intervals } = streamScene();
    const [stream, other] = connection();
    const closed = jest.fn();
    other.onClose(closed);
    const sending = streamOver(
      { kind: 'stream', stream, unread: new Uint8Array(0) },
      { plan: pacedPlan(ms(100), seconds(9)) },
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
    const { time, streamOver, connection, intervals, at } = streamScene();
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
    const { streamOver, connection, at } = streamScene();
    const [stream] = connection();
    const { stream: received, progress } = streamOver({ kind: 'stream', stream, unread: records(2) }, receiving);
    expect([progress.bytes, progress.isComplete]).toStrictEqual([200, true]);
    received.start();
    expect(received.finish(at(0)).figures).toMatchObject({ bytes: 200, messages: 2 });
  });

  it('is broken once by what no sender of records writes; nothing behind that counts', async () => {
    const { time, streamOver, connection, told } = streamScene();
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
    const { time, streamOver, connection, at } = streamScene();
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
    const { time, streamOver, connection, at, near } = streamScene();
    const [stream, other] = connection();
    const ahead = { ...receiving, anchor: near.clock.anchor(), peerBaseSeconds: 1000 };
    const { stream: received } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, ahead);
    received.start();
    other.write(records(1));
    await time.advance(ms(2));
    expect(received.finish(at(2000)).figures.transit).toMatchObject({ baseSeconds: -1000 });
  });

  it('stops at once, and rests from nothing', async () => {
    const { time, streamOver, connection } = streamScene();
    const [stream] = connection();
    const { stream: received, stop } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, receiving);
    received.start();
    received.rest(true);
    await time.settle(stop());
  });
});

it('has lasted for no time when it never began', async () => {
  const { streamOver, connection, at, intervals } = streamScene();
  const [stream] = connection();
  const { stream: never } = streamOver({ kind: 'stream', stream, unread: new Uint8Array(0) }, {});
  expect(never.finish(at(500))).toMatchObject({ loadNs: 0, figures: { bytes: 0, messages: 0, durationNs: 0 } });
  expect(intervals).toMatchObject([{ startNs: 0, endNs: 0, bytes: 0 }]);
});
