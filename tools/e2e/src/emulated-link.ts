import { serve } from '@pathgauge/session';
import { type ClockFault, LinkEmulator, type LinkOptions, type Passage, withPeerClock } from '@pathgauge/testing';
import { portableTransport } from '@pathgauge/transport';
import { seconds } from '@pathgauge/units';
import type { PingResult, RunResult } from './documents';
import { afterTest } from './harness';

/** Offsets in a STAMP packet, RFC 8762 sections 4.2.1 and 4.3.1. */
const SEQUENCE = 0;
const SENDER_SEQUENCE = 24;

export interface Scene extends Omit<LinkOptions, 'to'> {
  readonly clock?: ClockFault;
  /** What serves behind the link; udp by default. */
  readonly protocol?: 'udp' | 'tcp';
}

const SERVES = {
  udp: { probes: 'stamp', udpLoad: true, tcpLoad: false },
  tcp: { probes: undefined, udpLoad: false, tcpLoad: true },
} as const;

/** A server on a clock of its own, behind an emulated link. */
export async function emulate({ clock = {}, protocol = 'udp', ...link }: Scene): Promise<LinkEmulator> {
  const abort = new AbortController();
  const events = serve(
    {
      runner: `${protocol}-server`,
      serves: SERVES[protocol],
      address: '127.0.0.1',
      port: 0,
      metrics: { throughput: true, jitter: true, oneWayDelay: true },
      reportInterval: seconds(1),
      once: false,
      accountOf: () => '',
      refusalOfToken: undefined,
    },
    withPeerClock(portableTransport(), clock),
    abort.signal,
  );
  afterTest(() => abort.abort());
  const { value } = await events.next();
  if (value?.type !== 'listening') throw new Error('the server does not listen');
  void drain(events);
  const emulator = await LinkEmulator.start({ ...link, to: (value.sockets[0] as { port: number }).port });
  afterTest(() => emulator.close());
  return emulator;
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}

/** What the link did to one datagram, now that nothing more becomes of it. */
interface Passed extends Pick<Passage, 'direction' | 'bytes' | 'head'> {
  readonly cameAt: number;
  readonly leftAt: readonly number[];
}

export const passagesOf = ({ passages }: LinkEmulator): Passed[] =>
  passages.map(({ direction, bytes, head, came, left }) => ({
    direction,
    bytes,
    head,
    cameAt: came.at,
    leftAt: left.map(({ at }) => at),
  }));

/** What the link did to one probe. */
interface ProbeTruth {
  /** Copies of the request that went on to the server, and of replies that came, to each of them. */
  readonly requests: number;
  readonly replies: readonly Passed[];
  readonly lost: 'up' | 'down' | undefined;
  readonly up: Passed;
  /** When the client got its first reply. */
  readonly answeredAt: number;
}

const numberAt = ({ head }: Passed, offset: number): number =>
  new DataView(head.buffer, head.byteOffset).getUint32(offset);

/** Whether the link lost a request behind those of the first `count` probes, or a reply to one: closing probes. */
export const lostClosing = (emulator: LinkEmulator, count: number): boolean =>
  passagesOf(emulator).some(
    (each) => each.leftAt.length === 0 && numberAt(each, each.direction === 'up' ? SEQUENCE : SENDER_SEQUENCE) >= count,
  );

/** How many probes were doubled on the way up and then lost a reply: so many may count for the wrong direction. */
export const ambiguous = (probes: readonly ProbeTruth[]): number =>
  probes.filter(({ requests, replies }) => requests > 1 && replies.some(({ leftAt }) => leftAt.length === 0)).length;

/** Expects the direction of loss to be the truth where it is told, and else to be within its range. */
export function expectDirections({ probes }: PingResult, truth: readonly ProbeTruth[]): void {
  const { lostUp, lostDown } = countsOf(truth);
  if (probes?.lostUp != null) {
    expect([probes.lostUp, probes.lostDown]).toEqual([lostUp, lostDown]);
    return;
  }
  const [fewest, most] = probes?.lostDownRange ?? [0, 0];
  expect(fewest).toBeLessThanOrEqual(lostDown);
  expect(most).toBeGreaterThanOrEqual(lostDown);
}

/** What the link did to the first `count` probes of its one client, none of which was late. */
export function truthOf(emulator: LinkEmulator, count: number): ProbeTruth[] {
  const passages = passagesOf(emulator);
  // The client listens until a closing probe is answered: a copy that comes later is nobody's.
  const endsAt = Math.min(
    ...passages
      .filter((each) => each.direction === 'down' && numberAt(each, SENDER_SEQUENCE) >= count)
      .flatMap(({ leftAt }) => leftAt),
  );
  return Array.from({ length: count }, (_, probe) => {
    const up = passages.find((each) => each.direction === 'up' && numberAt(each, SEQUENCE) === probe);
    if (up === undefined) throw new Error(`probe ${probe} never came to the link`);
    const replies = passages
      .filter((each) => each.direction === 'down' && numberAt(each, SENDER_SEQUENCE) === probe)
      .map((each) => ({ ...each, leftAt: each.leftAt.filter((at) => at < endsAt) }));
    const arrivals = replies.flatMap(({ leftAt }) => leftAt);
    return {
      requests: up.leftAt.length,
      replies,
      lost: up.leftAt.length === 0 ? 'up' : arrivals.length === 0 ? 'down' : undefined,
      up,
      answeredAt: Math.min(...arrivals),
    };
  });
}

/** The counts that the truth makes, for a run in which no reply was late. */
export function countsOf(probes: readonly ProbeTruth[]) {
  const answered = probes.filter(({ lost }) => lost === undefined);
  const copies = (list: readonly Passed[]): number => list.reduce((sum, { leftAt }) => sum + leftAt.length, 0);
  const replies = probes.reduce((sum, probe) => sum + copies(probe.replies), 0);
  // A further copy of a reply that came; a further reply that came, of which one copy counts.
  const duplicatesDown = probes.reduce(
    (sum, probe) => sum + probe.replies.reduce((more, { leftAt }) => more + Math.max(0, leftAt.length - 1), 0),
    0,
  );
  return {
    sent: probes.length,
    received: answered.length,
    lost: probes.length - answered.length,
    lostUp: probes.filter(({ lost }) => lost === 'up').length,
    lostDown: probes.filter(({ lost }) => lost === 'down').length,
    duplicates: replies - answered.length,
    duplicatesUp: replies - answered.length - duplicatesDown,
    duplicatesDown,
    reordered: reorderedOf(probes),
    late: 0,
  };
}

/** RFC 4737 section 3.3, over the first replies in the order in which they left the link. */
function reorderedOf(probes: readonly ProbeTruth[]): number {
  const arrivals = probes
    .map(({ answeredAt }, sequence) => ({ answeredAt, sequence }))
    .filter(({ answeredAt }) => Number.isFinite(answeredAt))
    .sort((a, b) => a.answeredAt - b.answeredAt);
  let next = 0;
  let reordered = 0;
  for (const { sequence } of arrivals) {
    if (sequence < next) reordered++;
    else next = sequence + 1;
  }
  return reordered;
}

/** Losses in runs, RFC 3357. */
export function burstsOf(probes: readonly ProbeTruth[]) {
  const runs = probes
    .map(({ lost }) => (lost === undefined ? ' ' : 'x'))
    .join('')
    .split(' ')
    .filter((run) => run !== '');
  const lengths: Record<string, number> = {};
  for (const { length } of runs) lengths[length] = (lengths[length] ?? 0) + 1;
  return { count: runs.length, longest: Math.max(0, ...runs.map(({ length }) => length)), lengths };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How far the two anchors to wall time may be off, together: each spins for an edge of the millisecond on a busy host. */
const ANCHORS_NS = 100_000;

/** Expects what is known of the offset to hold the true one, of mid-run. */
export function expectOffset({ owd }: RunResult, trueNs: number): void {
  const { offsetLowNs, offsetHighNs } = (owd as NonNullable<PingResult['owd']>).clock;
  expect(offsetLowNs - ANCHORS_NS).toBeLessThanOrEqual(trueNs);
  expect(offsetHighNs + ANCHORS_NS).toBeGreaterThanOrEqual(trueNs);
}

/**
 * Expects the intervals to hold the truth. What a probe spent on the link is at the least its one-way delay; the rest of the
 * round trip at the most: bounds that need no timing of the hosts.
 */
export function expectTrueDelays(result: PingResult, probes: readonly ProbeTruth[]): void {
  const answered = probes.filter(({ lost }) => lost === undefined);
  const upNs = mean(answered.map(({ up }) => Math.min(...up.leftAt) - up.cameAt));
  const downNs = mean(
    answered.map(({ replies, answeredAt }) => {
      const first = replies.find(({ leftAt }) => leftAt.includes(answeredAt)) as Passed;
      return answeredAt - first.cameAt;
    }),
  );
  const { owd, rtt } = result;
  if (owd === null || rtt === null || owd.up === null || owd.down === null) throw new Error('no one-way delay');
  const { low, high } = owd.uncertaintyNs;
  expect(owd.up.meanNs + high).toBeGreaterThanOrEqual(upNs);
  expect(owd.up.meanNs + low).toBeLessThanOrEqual(rtt.meanNs - downNs);
  expect(owd.down.meanNs - low).toBeGreaterThanOrEqual(downNs);
  expect(owd.down.meanNs - high).toBeLessThanOrEqual(rtt.meanNs - upNs);
  // Values are whole nanoseconds, and the two add up to each round trip.
  expect(Math.abs(owd.up.meanNs + owd.down.meanNs - rtt.meanNs)).toBeLessThan(1);
}
