import type { ProbeEvent, SessionEvent } from '@pathgauge/result';
import type { DatagramBatch, TimestampSource } from '@pathgauge/transport';
import { type Instant, instant, milliseconds, WallMap } from '@pathgauge/units';
import { replyTo, ToyDialect } from '../../test/toy-dialect';
import { usualProbes } from '../../test/usual-probes';
import type { Reply } from './probe-dialect';
import { ProbeTally } from './probe-tally';
import { flowMemory } from './remembered-probes';
import { SentTimes } from './sent-times';

const MS = 1e6;
const WALL = new WallMap({ seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined });

/** Probe `n` is sent at `n` hundred ms; its timeout is 500. */
function setUp() {
  const options = { ...usualProbes('10.0.0.2', 1), roundTripEvents: true };
  const memory = flowMemory(options);
  const times = new SentTimes(instant(0), memory, true);
  const events: SessionEvent[] = [];
  const told: string[] = [];
  const parts = { dialect: new ToyDialect(), memory, times, wall: WALL, isSameHost: false };
  const tally = new ProbeTally(options, parts, {
    onEvent: (event) => events.push(event),
    onNotice: (code) => told.push(code),
    onAnswered: (index) => told.push(`answered ${index}`),
    causeOf: (index) => `cause of ${index}`,
  });
  const send = (): void => {
    const index = tally.ledger.next;
    times.send(index, milliseconds(100 * index));
    tally.ledger.send(instant(100 * MS * index));
    tally.events.sent(index);
  };
  const book = (reply: Reply, at: number, by: TimestampSource = 'kernel', earliestAt = at, isFormer = false): void => {
    const batch = { payload: () => new Uint8Array(48), arrival: () => instant(at * MS), arrivalSource: () => by };
    const whole = { ...batch, hopLimit: () => 60, trafficClass: () => undefined } as unknown as DatagramBatch;
    tally.book(reply, whole, 0, instant(earliestAt * MS) as Instant, isFormer);
  };
  const probes = () => events.filter((event): event is ProbeEvent => event.type === 'probe');
  /** Probes whose round trips are final. */
  const finals = () =>
    events.flatMap((event) => (event.type === 'round-trip' && event.isFinal ? [event.sequence] : []));
  return { tally, times, send, book, told, probes, finals };
}

describe('ProbeTally', () => {
  it('tells of each probe what it became, with the cause of a loss', () => {
    const { tally, times, send, book, told, probes } = setUp();
    for (let n = 0; n < 3; n++) send();
    book(replyTo(0, 0), 7);
    tally.ledger.expire(instant(650 * MS));
    book(replyTo(2, 1), 210);
    tally.finish();
    expect(probes().map(({ outcome, rttNs, cause, bytes }) => [outcome, rttNs, cause, bytes])).toStrictEqual([
      ['received', 7 * MS, undefined, 48],
      ['lost', undefined, 'cause of 1', undefined],
      ['received', 10 * MS, undefined, 48],
    ]);
    expect(told).toStrictEqual(['answered 0', 'answered 2']);
    // Of a lost one it is known, too, when it left.
    expect(times.sendError()).toMatchObject({ count: 3, maxNs: 0 });
    expect([tally.protocol, tally.slowestNs]).toStrictEqual(['stamp', 10 * MS]);
  });

  it('counts a reply for late that a program stamped late only when it surely is', () => {
    const { tally, send, book } = setUp();
    send();
    send();
    book(replyTo(0, 0), 700, 'user', 499);
    book(replyTo(1, 1), 700, 'kernel', 499);
    expect(tally.ledger.snapshot()).toMatchObject({ received: 1, late: 1 });
  });

  it('has stamps of programs and hop limits counted', () => {
    const { tally, send, book } = setUp();
    send();
    book({ ...replyTo(0, 0), hopLimit: 59 }, 7, 'user');
    const figures = tally.figures(tally.finish(), 0);
    expect(tally.userStamped()).toStrictEqual({ sent: 1, replied: 1, received: 1 });
    expect(figures.marking).toMatchObject({ up: { hopLimit: 59 }, down: { hopLimit: 60 } });
    expect(figures.rtt).toMatchObject({ count: 1 });
  });

  it('notes times that cannot be true, and takes none of them', () => {
    const { send, book, told, probes, tally } = setUp();
    send();
    book({ ...replyTo(0, 0), receiveNs: 1 * MS, serverNs: 9 * MS }, 7);
    tally.finish();
    expect(told).toStrictEqual(['timestamps', 'answered 0']);
    expect(probes()[0]).toMatchObject({ rttNs: 7 * MS, upNs: undefined });
  });

  it('takes nothing that comes to a former socket for a word on the numbers of the present one, nor the other way round', () => {
    for (const isFirstFormer of [true, false]) {
      const { send, book, finals } = setUp();
      send();
      send();
      const timed = (n: number) => ({ ...replyTo(n, 5 + n), receiveNs: (100 * n + 3) * MS, serverNs: 0 });
      book(timed(0), 7, 'kernel', 7, isFirstFormer);
      // Of one session this reply would show that nothing more is told of the one before.
      book(timed(1), 107, 'kernel', 107, !isFirstFormer);
      expect(finals()).toStrictEqual([]);
    }
    const { send, book, finals } = setUp();
    send();
    send();
    book({ ...replyTo(0, 5), receiveNs: 3 * MS, serverNs: 0 }, 7);
    book({ ...replyTo(1, 6), receiveNs: 103 * MS, serverNs: 0 }, 107);
    expect(finals()).toStrictEqual([0]);
  });

  it('counts what answers nothing', () => {
    const { tally } = setUp();
    tally.bookForeign(new Uint8Array(3));
    expect(tally.figures(tally.finish(), 0).foreignReplies).toStrictEqual({ count: 1, kinds: { other: 1 } });
  });
});
