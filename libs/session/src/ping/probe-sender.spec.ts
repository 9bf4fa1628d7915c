import { ProbeLedger } from '@pathgauge/metrics';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { SendStampHandler } from '@pathgauge/transport';
import { milliseconds, seconds, span } from '@pathgauge/units';
import { usualProbes } from '../../test/usual-probes';
import { HostStalls } from '../host-stalls';
import type { PingOptions } from './ping-options';
import { ProbeSender } from './probe-sender';
import { SentTimes } from './sent-times';

const HEADERS = [9, 9, 9];

/** A sender whose probes are their numbers in one byte. It needs no wire format, and no network. */
function setUp(asked: Partial<PingOptions> = {}) {
  const time = new VirtualTime();
  const host = new FakeNetwork(time).host('10.0.0.1');
  const options = { ...usualProbes('10.0.0.2', 1), ...asked };
  const told: string[] = [];
  const sent: { number: number; at: number }[] = [];
  const begun = host.clock.now();
  let onStamp: SendStampHandler = () => {};
  const socket = {
    backlog: 0,
    onStamp: (handler: SendStampHandler) => {
      onStamp = handler;
    },
    send: ([number]: Uint8Array) => void sent.push({ number: number as number, at: (host.clock.now() - begun) / 1e6 }),
  };
  const ledger = new ProbeLedger({ capacity: 64, timeout: seconds(1), onLost: () => {}, onSettled: () => {} });
  const times = new SentTimes(begun, { unsettled: 64, initial: 64 }, options.interval > 0);
  const stalls = new HostStalls();
  const dialect = {
    buffers: 4,
    write: (n: number) => Uint8Array.of(n),
    sequenceAtEnd: (bytes: Uint8Array) => bytes.at(-1),
  };
  const sender = new ProbeSender(
    options,
    host,
    { socket, dialect, ledger, times, stalls },
    {
      onBegin: () => told.push('begin'),
      onSent: (index) => told.push(`sent ${index}`),
      onRefused: (index) => told.push(`refused ${index}`),
      onTurnEnd: () => told.push('turn'),
    },
  );
  const stamp: SendStampHandler = (...stamped) => onStamp(...stamped);
  return { time, host, sender, socket, ledger, times, sent, told, stamp, begun };
}

describe('ProbeSender', () => {
  it('begins a moment later, when the first probe can leave, and keeps to the schedule from there', async () => {
    const { time, sender, sent, told, times, begun } = setUp({ count: 3 });
    sender.begin();
    await time.advance(seconds(2));
    expect(sent).toStrictEqual([5, 105, 205].map((at, number) => ({ number, at })));
    expect(told).toStrictEqual(['begin', 'sent 0', 'turn', 'sent 1', 'turn', 'sent 2', 'turn']);
    expect(times.start - begun).toBe(5e6);
    expect([sender.isOver, sender.notSent, sender.isShort]).toStrictEqual([true, 0, false]);
  });

  it('looks again and again while the system has not taken half as many as there are buffers', async () => {
    const { time, sender, socket, sent } = setUp({ count: 3 });
    let looks = 0;
    Object.defineProperty(socket, 'backlog', { get: () => (looks++ < 3 ? 2 : 1) });
    sender.begin();
    await time.advance(milliseconds(6));
    expect([looks, sent.length]).toStrictEqual([4, 1]);
  });

  it('sends the next when the last is settled, at an interval of 0', async () => {
    const { time, sender, ledger, sent } = setUp({ interval: span(0), count: 3 });
    sender.begin();
    await time.advance(milliseconds(10));
    sender.sendDue();
    expect(sent).toHaveLength(1);
    ledger.answer(0, { arrivedAt: ledger.sentAt(0), upNs: undefined, downNs: undefined, ownSequence: undefined });
    sender.sendDue();
    expect(sent.map(({ number }) => number)).toStrictEqual([0, 1]);
  });

  it('sends the next before the reply to the last is booked, at an interval of 0, and only that one', async () => {
    const { time, sender, ledger, sent } = setUp({ interval: span(0), count: 3 });
    sender.begin();
    await time.advance(milliseconds(10));
    const book = (index: number) =>
      ledger.answer(index, {
        arrivedAt: ledger.sentAt(index),
        upNs: undefined,
        downNs: undefined,
        ownSequence: undefined,
      });
    sender.sendAhead(0);
    expect(sent).toHaveLength(2);
    for (const index of [0, 1]) sender.sendAhead(index);
    expect(sent).toHaveLength(2);
    book(0);
    sender.sendDue();
    // A copy of a reply that was booked.
    sender.sendAhead(0);
    expect(sent).toHaveLength(2);
    sender.sendAhead(1);
    book(1);
    sender.sendAhead(2);
    expect(sent.map(({ number }) => number)).toStrictEqual([0, 1, 2]);
    expect(ledger.outstanding).toBe(1);
  });

  it('sends nothing ahead of a schedule, nor in the pause after a refusal', async () => {
    const paced = setUp({ count: 3 });
    paced.sender.begin();
    await paced.time.advance(milliseconds(10));
    paced.sender.sendAhead(0);
    expect(paced.sent).toHaveLength(1);
    const { time, sender, sent } = setUp({ interval: span(0), count: 5 });
    sender.begin();
    await time.advance(milliseconds(10));
    sender.sendAhead(0);
    sender.refuse(Uint8Array.of(1));
    sender.sendAhead(1);
    expect(sent).toHaveLength(2);
  });

  it('takes back what the system refused, and at an interval of 0 pauses', async () => {
    const { time, sender, ledger, sent, told } = setUp({ interval: span(0), count: 3 });
    sender.begin();
    await time.advance(milliseconds(10));
    expect(sender.refuse(Uint8Array.of(77))).toBe(false);
    expect(sender.refuse(Uint8Array.of(0))).toBe(true);
    expect(told.at(-1)).toBe('refused 0');
    expect([ledger.snapshot().sent, sender.notSent, sender.isShort]).toStrictEqual([0, 1, true]);
    sender.sendDue();
    expect(sent).toHaveLength(1);
    await time.advance(milliseconds(21));
    expect(sent).toHaveLength(2);
  });

  it('books when the kernel queued a probe and let go of it, by the number behind its headers', async () => {
    const { time, host, sender, ledger, times, stamp } = setUp({ count: 1 });
    sender.begin();
    await time.advance(milliseconds(6));
    const now = host.clock.now();
    const looped = Uint8Array.from([...HEADERS, 0]);
    stamp(looped, 'queued', now);
    stamp(looped, 'sent', (now + 40) as typeof now);
    stamp(Uint8Array.from([...HEADERS, 55]), 'sent', now);
    expect(ledger.leftAt(0)).toBe(now + 40);
    expect(times.hostQueueing()).toMatchObject({ count: 1, minNs: 40 });
  });

  it('sends nothing once it is stopped, and leaves nothing behind', async () => {
    const { time, sender, sent } = setUp();
    sender.begin();
    await time.advance(milliseconds(150));
    sender.stop();
    await time.advance(seconds(2));
    expect([sent.length, sender.isOver, sender.notSent]).toStrictEqual([2, true, 0]);
    sender.release();
  });
});
