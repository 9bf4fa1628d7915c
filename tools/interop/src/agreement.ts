import type { LoadResult, Rate } from '../../e2e/src/documents';
import { expectNotCutShort, expectResult } from '../../e2e/src/result-shape';
import { type Asked, argumentOf, type Direction, directionsOf, streamsOf } from './asked';
import { type Flow, flowOf, type Iperf3Report } from './iperf3-report';

/** How far two ends may be apart in what they take for the rate: they do not count from and to the same instants. */
const RATE_TOLERANCE = 0.05;

/** Expects iperf3 and a document of ours to say the same of one test. */
export function expectAgreement(asked: Asked, report: Iperf3Report, document: LoadResult, isClient: boolean): void {
  const { reason, error, notices } = document;
  if (reason !== null && reason !== 'not everything was sent')
    throw new Error(JSON.stringify({ reason, error, notices }));
  expectNotCutShort(document);
  expectResult(document);
  expect(document.peer.protocol).toBe('iperf3');
  const directions = directionsOf(asked);
  for (const direction of directions) {
    const flow = flowOf(report, direction, { isClient, isBoth: directions.length > 1 });
    const ours = oursOf(document, direction);
    expectSame(ours, flow);
    // Of an amount what iperf3 sends until it hears that all is there is a good part.
    const isTimed = argumentOf(asked, '-t') !== undefined;
    if (isTimed && !isNear(ours.received.bytes, ours.sentBytes, RATE_TOLERANCE)) {
      throw new HeldUp(`${ours.sentBytes} bytes were sent, ${ours.received.bytes} received`);
    }
    if (asked.protocol === 'udp') expectLoss(document, direction, flow, argumentOf(asked, '-O') !== undefined);
    expectStreams(document, direction, streamsOf(asked));
    expectIntervals(document, direction);
    expectTimed(asked, ours, document.complete);
  }
  expectAmount(asked, document, isClient);
  for (const direction of ['up', 'down'] as const) {
    if (!directions.includes(direction)) expect(document.throughput?.[direction]).toBeNull();
  }
  if (isClient) expectEachStream(document, report);
}

interface Ours {
  readonly received: Rate;
  readonly sentBytes: number;
}

function oursOf(document: LoadResult, direction: Direction): Ours {
  const received = document.throughput?.[direction];
  if (received === undefined || received === null)
    throw new Error(`no throughput ${direction}: ${JSON.stringify(document)}`);
  return { received, sentBytes: sumOf(streamsIn(document, direction).map(({ sent }) => sent?.bytes ?? Number.NaN)) };
}

const streamsIn = ({ streams }: LoadResult, direction: Direction): NonNullable<LoadResult['streams']> =>
  (streams ?? []).filter((stream) => stream.direction === direction);

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

function expectSame({ received, sentBytes }: Ours, flow: Flow): void {
  if (flow.receivedBytes !== undefined) {
    expect({ receivedBytes: received.bytes }).toEqual({ receivedBytes: flow.receivedBytes });
    if (!isNear(received.bitsPerSecond as number, flow.bitsPerSecond as number, RATE_TOLERANCE)) {
      throw new HeldUp(`${received.bitsPerSecond} bit/s here, ${flow.bitsPerSecond} bit/s at iperf3`);
    }
  }
  if (flow.sentBytes !== undefined) expect({ sentBytes }).toEqual({ sentBytes: flow.sentBytes });
}

/** Two timers end the omitted time, so that a datagram or two are in one count only; lost they are in neither. */
function expectLoss(document: LoadResult, direction: Direction, { lost, packets }: Flow, isOmitting: boolean): void {
  if (lost === undefined || packets === undefined) return;
  const counts = countsOf(document, direction);
  // What iperf3 tells is up to the highest number that arrived. What was sent behind it was lost, or came when all was over.
  const tail = Math.max(0, counts.sent - packets);
  if (!isOmitting) expect(counts.received).toBe(packets - lost);
  expect({ lost: counts.lost - (isOmitting ? 0 : tail) }).toEqual({ lost });
}

type Counts = NonNullable<LoadResult['datagrams']>;

/** Of a test in both directions there is one of each. */
export function countsOf({ datagrams }: LoadResult, direction: Direction): Counts {
  const counts = datagrams as Counts | { readonly [each in Direction]: Counts | null } | null;
  const found = counts !== null && direction in counts ? (counts as Record<Direction, Counts>)[direction] : counts;
  if (found === null) throw new Error('no datagrams were counted');
  return found as Counts;
}

function expectStreams(document: LoadResult, direction: Direction, count: number): void {
  const streams = streamsIn(document, direction);
  expect(streams).toHaveLength(count);
  expect(sumOf(streams.map(({ bytes }) => bytes as number))).toBe(document.throughput?.[direction]?.bytes);
  const share = (document.throughput?.[direction]?.bytes as number) / count;
  for (const { bytes } of streams) expectNear('share of a stream', bytes as number, share, 0.2);
}

/** Intervals add up to the byte, at whichever end they were taken. */
function expectIntervals(document: LoadResult, direction: Direction): void {
  const sums = (document.intervals ?? []).filter((each) => each.direction === direction && isSum(each));
  expect(sums.length).toBeGreaterThan(0);
  const { received, sentBytes } = oursOf(document, direction);
  const expected = sums[0]?.measuredAt === 'receiver' ? received.bytes : sentBytes;
  expect(sumOf(sums.map(({ bytes }) => bytes))).toBe(expected);
}

const isSum = (interval: object): boolean => ((interval as { stream?: number | null }).stream ?? null) === null;

/** A time is worth what its rate makes of it, and nothing of what is omitted is in it. */
function expectTimed(asked: Asked, { sentBytes }: Ours, complete: boolean): void {
  const [rate, seconds] = [argumentOf(asked, '-b'), argumentOf(asked, '-t')];
  if (rate === undefined || seconds === undefined) return;
  const expected = (bytesOf(rate, 1e3) / 8) * streamsOf(asked) * Number(seconds);
  // A sender that was held up in the omitted time may make up for it behind.
  expect(sentBytes).toBeLessThan(expected * 1.3);
  // Where the host was held up the document says so.
  if (complete) expect(sentBytes).toBeGreaterThan(expected * 0.8);
}

/**
 * Of an amount all of it: exactly where ours sends over TCP. iperf3 sends in whole messages, 3.21 until its interval ends; and as a
 * client of both directions it ends when one is done. To a client of it that receives datagrams ours sends until it ends the test.
 */
function expectAmount(asked: Asked, document: LoadResult, isClient: boolean): void {
  const [count, amount] = [argumentOf(asked, '-k'), argumentOf(asked, '-n')];
  if (count === undefined && amount === undefined) return;
  const wanted =
    amount === undefined ? Number(count) * bytesOf(argumentOf(asked, '-l') as string, 1024) : bytesOf(amount, 1024);
  const directions = directionsOf(asked);
  const sent = directions.map((direction) => oursOf(document, direction).sentBytes);
  if (isClient) {
    expect(Math.max(...sent)).toBeGreaterThanOrEqual(wanted);
    if (directions.length === 1 && directions[0] === 'down' && asked.protocol === 'tcp') expect(sent).toEqual([wanted]);
    return;
  }
  for (const [i, direction] of directions.entries()) {
    if (direction === 'up') expect(sent[i]).toBe(wanted);
    else expect(sent[i]).toBeGreaterThanOrEqual(wanted);
  }
}

/** `500K`, `4M/5` */
function bytesOf(text: string, kilo: number): number {
  const [, number, unit = ''] = /^([\d.]+)([KMG]?)/.exec(text) ?? [];
  return Number(number) * kilo ** ' KMG'.indexOf(unit || ' ');
}

function expectEachStream(document: LoadResult, report: Iperf3Report): void {
  const theirs = report.end.streams.map(({ receiver, udp }) => (receiver ?? udp)?.bytes);
  const ours = (document.streams ?? []).map(({ bytes, sent }, i) => (report.end.streams[i]?.udp ? sent?.bytes : bytes));
  expect(ours).toEqual(theirs);
}

function expectNear(what: string, value: number, other: number, tolerance: number): void {
  if (!isNear(value, other, tolerance)) throw new Error(`${what}: ${value} and ${other} are too far apart`);
}

const isNear = (value: number, other: number, tolerance: number): boolean =>
  Math.abs(value - other) <= tolerance * Math.max(value, other);

class HeldUp extends Error {}

const TRIES = 3;

/** What others do on this host may come between what two ends take for the time, but not each time. Nothing else is forgiven. */
export async function agreed<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof HeldUp) || tries === TRIES) throw error;
    }
  }
}
