import { RECORD_HEADER, writeRecordHeader } from '@pathgauge/protocol';
import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import type { Discard, StreamSocket } from '@pathgauge/transport';
import { after, type Instant, milliseconds, seconds } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { usualStream } from '../../../test/usual-stream';
import { IncomingRecords } from './incoming-records';
import { IntervalClock } from './interval-clock';
import { StreamProgress } from './stream-progress';

const LENGTH = 100_000;
const HEADER = RECORD_HEADER.size;
const ANCHOR = { seconds: 1_700_000_000, nanoseconds: 0, errorNs: 0, synchronisedToNs: undefined };

const headerOf = (isLast: boolean): Uint8Array => {
  const bytes = new Uint8Array(HEADER);
  const sent = { seconds: 1_700_000_001, nanoseconds: 0 };
  writeRecordHeader(bytes, 0, { length: LENGTH, last: isLast, isOmitted: false, sequence: 0, sent });
  return bytes;
};

/** What comes over a connection whose system throws away what nobody wants. */
const setUp = ({ isPlain = false } = {}) => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const timer = () => new VirtualTimer(time, clock);
  const host = { clock, timer, coarseTimer: timer, soon: () => {} };
  const begin = clock.now();
  const told: string[] = [];
  const ends: number[] = [];
  let receive: (chunk: Uint8Array, arrival: Instant) => void = () => {};
  let discard: Discard | undefined;
  const stream = {
    pathState: () => ({ congestion: 'cubic' }),
    onData: (handler: typeof receive, wanted?: Discard) => {
      receive = handler;
      discard = wanted;
    },
  } as StreamSocket;
  const progress = new StreamProgress();
  const intervals = new IntervalClock(host, seconds(1), {
    onInterval: ({ endNs }) => ends.push(endNs),
    onSettled: () => {},
  });
  const listener = {
    onComplete: () => told.push('complete'),
    onBroken: (why: string) => told.push(why),
    onClosed: () => {},
    onSendError: () => {},
    onIcmp: () => {},
  };
  const options = usualStream(host, planOf({ length: LENGTH }), {
    isSending: false,
    anchor: isPlain ? undefined : ANCHOR,
  });
  const context = { host, intervals, progress, listener, stalls: () => 0 };
  const incoming = new IncomingRecords(stream, new Uint8Array(0), options, context);
  intervals.start(begin);
  return {
    incoming,
    progress,
    told,
    ends,
    receive: (chunk: Uint8Array, ms: number) => receive(chunk, after(begin, milliseconds(ms))),
    discard: discard as Discard,
    skip: (count: number, ms: number) => discard?.skip(count, after(begin, milliseconds(ms))),
  };
};

describe('bytes that were thrown away', () => {
  it('count like those that were read; a record is complete with the last of them', () => {
    const { incoming, progress, receive, skip, discard } = setUp();
    receive(headerOf(true), 1);
    expect([discard.unwanted, progress.isComplete]).toStrictEqual([LENGTH - HEADER, false]);
    skip(LENGTH - HEADER - 1, 2);
    expect([progress.bytes, progress.isComplete]).toStrictEqual([LENGTH - 1, false]);
    skip(1, 3);
    expect([progress.bytes, progress.isComplete]).toStrictEqual([LENGTH, true]);
    expect(incoming.account().figures).toMatchObject({ bytes: LENGTH, messages: 1, durationNs: 2e6 });
  });

  it('close an interval like those that were read', () => {
    const { receive, skip, ends } = setUp();
    receive(headerOf(false), 10);
    skip(1000, 1009);
    expect(ends).toStrictEqual([]);
    skip(1000, 1010);
    expect(ends).toStrictEqual([1e9]);
  });

  it('may be the first of a plain stream: its load begins with them', () => {
    const { incoming, skip, ends, discard } = setUp({ isPlain: true });
    expect(discard.unwanted).toBe(Number.POSITIVE_INFINITY);
    skip(1000, 500);
    skip(1000, 1499);
    expect(ends).toStrictEqual([]);
    skip(1000, 1500);
    expect([ends, incoming.meter.bytes]).toStrictEqual([[1e9], 3000]);
  });
});

it('sends nothing, and tells the congestion control of its own end', () => {
  const { incoming } = setUp();
  expect(incoming.sender).toBeUndefined();
  expect(incoming.account()).toMatchObject({ congestion: 'cubic', figures: { congestion: undefined } });
});
