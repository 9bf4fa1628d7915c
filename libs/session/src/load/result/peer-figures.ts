import type { StreamFigures, TransitState } from '@pathgauge/protocol';
import type { LossBursts } from '@pathgauge/result';
import { NS_PER_S } from '@pathgauge/units';

/** What a peer's figures of a stream are held against. */
export interface KnownOfLoad {
  readonly protocol: 'tcp' | 'udp';
  /** The peer sent the stream, and this end received it; else the other way round. */
  readonly peerSends: boolean;
  /** The peer is a plain iperf3: it counts by rules of its own. */
  readonly plain: boolean;
  readonly peerIsClient: boolean;
  /** Bytes of a message, or of a block where there are no messages. */
  readonly length: number;
  /** Bytes of the last message of an exact amount; undefined: all messages are of one length. */
  readonly lastLength: number | undefined;
  /** The peer was asked to send no more messages than this; undefined: as many as the path takes. */
  readonly planned: number | undefined;
  /** The peer leaves the beginning of the load out of what it tells. */
  readonly omits: boolean;
  /** This end's own; undefined when they are not known. */
  readonly own: StreamFigures | undefined;
  /** How long the load lasted as this end saw it, in nanoseconds: see `DataFigures`. */
  readonly loadNs: number;
  /** How long the whole test took, first word to last: nothing in it can have taken longer. */
  readonly testNs: number;
  /** By how much a peer's view of the load may be shorter than this end's: the way there and back. */
  readonly roundTripNs: number;
  /** Of transit times at the peer, or of the peer's stamps here: bounds that the clock exchanges prove; undefined without. */
  readonly transit: TransitBounds | undefined;
}

/** No transit time is below `lowNs`, by what is known of the clocks; none above `highNs` was on the way for the whole test. */
export interface TransitBounds {
  readonly lowNs: number;
  readonly highNs: number;
}

interface CheckedFigures {
  /** Without what contradicts. */
  readonly figures: StreamFigures;
  /** What contradicted what, one line each. */
  readonly contradictions: readonly string[];
}

/** What no network does yet. */
const MAX_BITS_PER_SECOND = 1e13;
/** Clocks of two hosts may differ in pace by 500 ppm; and a moment for the word about it to be written. */
const PACE = 1.001;
const MOMENT_NS = 0.25 * NS_PER_S;
/** iperf3 tells microseconds. */
const MIN_TOLD_NS = 1_000;
/** No path copies each datagram more often. */
const MAX_COPIES = 100;
/** Fewest bytes of a segment that carries a message, and retransmissions that carry none of ours. */
const MIN_IN_SEGMENT = 20;
const MORE_RETRANSMITS = 1_000;
const MAX_WINDOW_BYTES = 2 ** 40;
/** iperf3's count of datagrams and its count of bytes are not taken at one moment. */
const PLAIN_SLACK = { share: 0.05, messages: 20 } as const;
/** What is dropped besides messages of the stream: copies of them, and strays. */
const STRAYS = { share: 0.1, messages: 100 } as const;
/** A bin stands for values within 0.05 %. */
const BIN_ERROR = 0.001;

/** What a message is called where people read it. */
type Noun = 'datagrams' | 'records' | 'blocks';

export function nounOf({ protocol, plain }: Pick<KnownOfLoad, 'protocol' | 'plain'>): Noun {
  if (protocol === 'udp') return 'datagrams';
  return plain ? 'blocks' : 'records';
}

type Field = Exclude<keyof StreamFigures, 'id'>;

interface Rule {
  /** What is left out where it is broken. */
  readonly leavesOut: readonly Field[];
  /** What contradicts what; undefined when nothing does. */
  broken(told: StreamFigures, known: KnownOfLoad): string | undefined;
}

const rule = (leavesOut: readonly Field[], broken: Rule['broken']): Rule => ({ leavesOut, broken });

/** The first that holds for a figure that is told. */
const above = (what: string, value: number | undefined, most: number | undefined, than: string): string | undefined =>
  value === undefined || most === undefined || value <= most
    ? undefined
    : `${what} ${value}, ${than} ${Math.max(0, Math.floor(most))}`;

/** In this order: what is left out by one is not looked at by those behind it. */
const RULES: readonly Rule[] = [
  rule(['messages'], ({ messages }) =>
    messages !== undefined && messages < 0 ? 'more datagrams lost than there were packets' : undefined,
  ),
  rule(['bytes', 'messages'], (told, known) => (known.peerSends ? undefined : receivedOfSent(told, known))),
  rule(['bytes', 'messages'], (told, known) => (known.peerSends ? sentOfReceived(told, known) : undefined)),
  rule(['bytes', 'messages'], (told, known) => bytesOfMessages(told, known)),
  rule(['durationNs'], impossibleDuration),
  rule(['durationNs', 'bytes', 'messages'], ({ bytes, durationNs }, { peerSends, plain }) =>
    // What arrived at one moment came over more time than that; of what was sent, and by a plain peer, it is the whole time.
    bytes !== undefined && durationNs !== undefined && (peerSends || plain) && isTooFast(bytes, durationNs)
      ? `${bytes} bytes in ${durationNs} ns`
      : undefined,
  ),
  rule(['expected', 'lossBursts'], ({ expected, messages }, known) =>
    known.peerSends
      ? undefined
      : (above('the highest number that arrived is', expected, expectedAtMost(known), 'of') ??
        above(`${nounOf(known)} that arrived`, messages, expected, 'though the highest number is')),
  ),
  rule(['lossBursts'], ({ lossBursts, expected, messages }) =>
    lossBursts === undefined || expected === undefined || messages === undefined
      ? undefined
      : burstsOfLost(lossBursts, expected - messages),
  ),
  rule(['duplicates'], ({ duplicates, messages }) =>
    above('duplicates', duplicates, times(messages, MAX_COPIES), 'more than can be of'),
  ),
  rule(['reordered', 'reorderExtent'], ({ reordered, messages }, known) =>
    above('out of order', reordered, messages, `of ${nounOf(known)}`),
  ),
  rule(['reorderExtent'], ({ reorderExtent, reordered, messages, duplicates = 0 }, known) =>
    reorderExtent === undefined
      ? undefined
      : reordered === 0
        ? 'an extent of reordering, and nothing out of order'
        : (above('a mean extent of reordering of', reorderExtent.mean, reorderExtent.max, 'with a largest of') ??
          above('an extent of reordering of', reorderExtent.max, sum(messages, duplicates), `of ${nounOf(known)}`)),
  ),
  rule(['hostDropped'], ({ hostDropped, hostDroppedEstimated, messages }, { own }) =>
    hostDroppedEstimated
      ? undefined
      : above('dropped by the host', hostDropped, droppable(own?.messages, messages), 'lost'),
  ),
  rule(['jitterNs'], ({ jitterNs }, { testNs }) => above('a jitter in ns of', jitterNs, testNs, 'in a test of')),
  rule(['transit'], ({ transit, messages }, known) =>
    transit === undefined ? undefined : impossibleTransit(transit, messages, known),
  ),
  rule(['retransmits'], ({ retransmits, bytes }) =>
    above('retransmits', retransmits, sum(times(bytes, 1 / MIN_IN_SEGMENT), MORE_RETRANSMITS), 'for bytes enough for'),
  ),
  rule(['rttNs'], ({ rttNs }, { testNs }) => above('a round trip in ns of', rttNs, testNs, 'in a test of')),
  rule(['cwndBytes'], ({ cwndBytes }) =>
    above('a congestion window of', cwndBytes, MAX_WINDOW_BYTES, 'more than can be:'),
  ),
];

/** Of a plain peer that omits the beginning it is no more than a bound. */
const expectedAtMost = ({ own, omits }: KnownOfLoad): number | undefined => (omits ? undefined : own?.messages);

/**
 * Holds what a peer tells of a stream against itself and against what this end knows: whatever cannot be true is left out and
 * named. Pure; believes nothing but this end's own figures.
 */
export function checkPeerFigures(told: StreamFigures, known: KnownOfLoad): CheckedFigures {
  const contradictions: string[] = [];
  let figures = told;
  for (const { leavesOut, broken } of RULES) {
    const why = broken(figures, known);
    if (why === undefined) continue;
    contradictions.push(why);
    figures = { ...figures, ...Object.fromEntries(leavesOut.map((field) => [field, undefined])) };
  }
  return { figures, contradictions };
}

/** Whether transit times, whoever told their send or arrival times, are beyond what the clock exchanges allow. */
export function impossibleByClock(
  { minNs, maxNs }: TransitState,
  bounds: TransitBounds,
  noun: Noun,
): string | undefined {
  if (minNs < bounds.lowNs) return `${noun} that arrived before they were sent, by the clock exchanges`;
  return maxNs > bounds.highNs
    ? `${noun} under way for longer than the test lasted, by the clock exchanges`
    : undefined;
}

/** A message that one end had counted and the other had not is all that two counts of a plain stream may differ by. */
function sentOfReceived(told: StreamFigures, known: KnownOfLoad) {
  const { own, plain, length, planned, omits } = known;
  const slack = plain ? 1 : 0;
  const most = planned === undefined ? undefined : plain ? 2 * planned + MORE_RETRANSMITS : planned;
  const more = above(`${nounOf(known)} sent`, told.messages, most, 'asked for');
  if (more !== undefined || omits || own === undefined) return more;
  return (
    above('bytes received here', own.bytes, sum(told.bytes, slack * length), 'said to be sent') ??
    above(
      `${nounOf(known)} received here`,
      Math.max(own.messages ?? 0, own.expected ?? 0),
      sum(told.messages, slack),
      'said to be sent',
    )
  );
}

function receivedOfSent({ bytes, messages }: StreamFigures, known: KnownOfLoad): string | undefined {
  const { own, length } = known;
  const more = omitSlack(known);
  return (
    above('bytes said to be received', bytes, sum(own?.bytes, more * length), 'sent') ??
    above(`${nounOf(known)} said to be received`, messages, sum(own?.messages, more), 'sent')
  );
}

/**
 * How many messages more than this end has counted a peer may have: where the beginning of a load is omitted, both ends of a plain stream
 * begin to count by their own clocks, and what is on the way or in a buffer by then is counted by one of them.
 */
export function omitSlack({ omits, own, loadNs, roundTripNs, length }: OmitSlack): number {
  if (!omits || loadNs <= 0) return 0;
  const messages = own?.messages ?? (own?.bytes ?? 0) / length;
  return Math.ceil((messages * (roundTripNs + MOMENT_NS)) / loadNs) + 1;
}

type OmitSlack = Pick<KnownOfLoad, 'omits' | 'own' | 'loadNs' | 'roundTripNs' | 'length'>;

/** Every message is as long as was agreed; the last one of an amount may be shorter, or a little longer. */
function bytesOfMessages({ bytes, messages }: StreamFigures, known: KnownOfLoad) {
  const { plain, peerSends, protocol, length, lastLength = length, omits } = known;
  if (bytes === undefined || messages === undefined) return undefined;
  const whole = messages * length;
  if (plain) {
    const fewest = whole * (1 - PLAIN_SLACK.share) - PLAIN_SLACK.messages * length;
    return omits ? undefined : above(`bytes that ${nounOf(known)} take`, fewest, bytes, 'told');
  }
  // A record that was under way when the stream ended is in the bytes alone.
  const rest = protocol === 'tcp' && !peerSends ? length : 1;
  return bytes >= whole - (length - lastLength) && bytes < whole + Math.max(0, lastLength - length) + rest
    ? undefined
    : `${bytes} bytes in ${messages} ${nounOf(known)} of ${length}`;
}

/** The end that received a stream of a Pathgauge tells from the first arrival to the last: that may be nothing at all. */
function impossibleDuration({ durationNs }: StreamFigures, known: KnownOfLoad): string | undefined {
  const { peerSends, plain, testNs, loadNs, roundTripNs, omits } = known;
  if (durationNs === undefined) return undefined;
  if (durationNs < 0) return 'a load that ended before it began';
  const tooLong = above('a load in ns of', durationNs, testNs * PACE + MOMENT_NS, 'in a test of');
  if (tooLong !== undefined || omits || (!peerSends && !plain)) return tooLong;
  // Half: whatever an end makes of a load that was broken off, or of a path that took its time.
  const fewest = Math.max(loadNs / 2 - roundTripNs - MOMENT_NS, Math.min(loadNs, MIN_TOLD_NS));
  return above('a load in ns of', fewest, durationNs, 'at the least, and said to be');
}

const isTooFast = (bytes: number, durationNs: number): boolean =>
  bytes > 0 && !((bytes * 8 * NS_PER_S) / durationNs <= MAX_BITS_PER_SECOND);

function burstsOfLost({ lengths, longest }: LossBursts, lost: number): string | undefined {
  let fewest = 0;
  let openEnded = false;
  for (const [key, count] of Object.entries(lengths)) {
    fewest += Number.parseInt(key, 10) * count;
    openEnded ||= key.endsWith('+');
  }
  const fits = openEnded ? fewest <= lost && longest <= lost : fewest === lost;
  return fits ? undefined : `runs of ${fewest} losses, of ${lost} lost`;
}

const droppable = (sent: number | undefined, received: number | undefined): number | undefined =>
  sent === undefined || received === undefined ? undefined : sent - received + STRAYS.share * sent + STRAYS.messages;

function impossibleTransit(
  transit: TransitState,
  messages: number | undefined,
  known: KnownOfLoad,
): string | undefined {
  const { count, minNs, maxNs, meanNs, sumSquares, bins } = transit;
  const width = maxNs - minNs;
  // Of clocks far apart the digits behind the seconds are not all there.
  const rounding = 1 + 2 ** -50 * Math.max(Math.abs(minNs), Math.abs(maxNs));
  if (meanNs < minNs - rounding || meanNs > maxNs + rounding) return 'a mean transit time outside of all of them';
  if (sumSquares > count * (width + rounding) ** 2 * PACE) return 'transit times that vary by more than they differ';
  const slack = rounding + BIN_ERROR * Math.max(width, maxNs - transit.referenceNs, transit.referenceNs - minNs);
  const [lowest = minNs] = bins[0] ?? [];
  const [highest = maxNs] = bins.at(-1) ?? [];
  if (lowest < minNs - slack || highest > maxNs + slack) return 'transit times outside of the smallest and the largest';
  return (
    above('transit times', count, messages, `of ${nounOf(known)}`) ??
    above('transit times in ns that differ by', width, known.testNs * PACE + MOMENT_NS, 'in a test of') ??
    (known.transit === undefined ? undefined : impossibleByClock(transit, known.transit, nounOf(known)))
  );
}

const times = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : value * factor;
const sum = (value: number | undefined, more: number): number | undefined =>
  value === undefined ? undefined : value + more;
