import type { StreamFigures } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import { NS_PER_S } from '@pathgauge/units';
import { type LoadClock, transitBounds } from './load-delay';
import { checkPeerFigures, impossibleByClock, type KnownOfLoad, nounOf, omitSlack } from './peer-figures';

/** What one end knows of a stream when the load is over: its own figures, and those that it was told. */
export interface StreamEvidence extends Omit<KnownOfLoad, 'peerSends' | 'transit'> {
  readonly id: number;
  readonly direction: Direction;
  /** Whether this end sent. */
  readonly isSending: boolean;
  readonly told: StreamFigures | undefined;
  readonly clock: LoadClock | undefined;
  /** From this end's beginning until the word that the test is over: sent by a client, heard by a server. */
  readonly untilEndNs: number;
}

/** Both ends' figures of one stream: what contradicts is left out, and named. */
export interface WeighedStream {
  readonly id: number;
  readonly direction: Direction;
  /** With the time that what was received took as its duration. */
  readonly received: StreamFigures | undefined;
  readonly sent: StreamFigures | undefined;
  /** How many of the datagrams that were sent the receiver has waited for. */
  readonly awaited: number | undefined;
  readonly contradictions: readonly string[];
}

/** Holds what both ends tell of a stream against each other. */
export function weighStream(evidence: StreamEvidence): WeighedStream {
  const theirs = checkedTold(evidence);
  const own = checkedOwn(evidence);
  const [sent, received] = evidence.isSending ? [own.figures, theirs.figures] : [theirs.figures, own.figures];
  return {
    id: evidence.id,
    direction: evidence.direction,
    sent,
    awaited: sent && awaitedOf(evidence, sent, received),
    received: received && { ...received, durationNs: receivedNs(evidence, received, sent) },
    contradictions: [...theirs.contradictions, ...own.contradictions],
  };
}

interface Checked {
  readonly figures: StreamFigures | undefined;
  readonly contradictions: readonly string[];
}

function checkedTold(evidence: StreamEvidence): Checked {
  const { told, isSending, plain, omits, loadNs } = evidence;
  // A plain peer's figures are those of the omitted time when the load ended in it.
  const isOfOmitted = plain && omits && loadNs === 0;
  if (told === undefined || isOfOmitted) return { figures: undefined, contradictions: [] };
  return checkPeerFigures(told, { ...evidence, peerSends: !isSending, transit: boundsOf(evidence, told) });
}

/** Of what this end received, the send times are the peer's. */
function checkedOwn(evidence: StreamEvidence): Checked {
  const { own, isSending } = evidence;
  const bounds = own === undefined || isSending ? undefined : boundsOf(evidence, own);
  if (own?.transit === undefined || bounds === undefined) return { figures: own, contradictions: [] };
  const contradiction = impossibleByClock(own.transit, bounds, nounOf(evidence));
  if (contradiction === undefined) return { figures: own, contradictions: [] };
  return { figures: { ...own, transit: undefined }, contradictions: [contradiction] };
}

/** A client stops listening at its own end: what a plain peer sends within this and a round trip behind that is not waited for. */
const STOPS_WITHIN_NS = 0.1 * NS_PER_S;

/**
 * Of what was sent, what the receiver has waited for, where one of the ends is a plain iperf3; what it calls lost is part of it. Where the
 * beginning is omitted, both ends begin to count by their own clocks. And a client stops at its own end, so that the last of what was sent
 * is no loss: no more of it than is sent while the word of that is on its way.
 */
function awaitedOf(
  evidence: StreamEvidence,
  { messages }: StreamFigures,
  received: StreamFigures | undefined,
): number | undefined {
  const { plain, protocol } = evidence;
  const { expected, messages: arrived } = received ?? {};
  if (!plain || protocol === 'tcp' || messages === undefined) return messages;
  if (expected === undefined || arrived === undefined) return messages;
  // What a plain receiver calls lost may have been so in the omitted time.
  const counted = Math.max(arrived, evidence.isSending ? Math.min(messages, expected) : expected);
  return Math.abs(messages - counted) > Math.max(tailOf(evidence, messages), omitSlack(evidence)) ? messages : counted;
}

/** Of a client that receives: the server sends until it has heard of the end. */
const tailOf = ({ isSending, peerIsClient, loadNs, roundTripNs }: StreamEvidence, messages: number): number =>
  isSending === peerIsClient && loadNs > 0 ? Math.ceil((messages * (roundTripNs + STOPS_WITHIN_NS)) / loadNs) : 0;

/**
 * How long it took to receive: as long as the sender's load lasted, however late the word of its end came, or until the last
 * arrival, whichever is longer. A stall or a loss at the end counts, the way there and back does not.
 */
function receivedNs(
  evidence: StreamEvidence,
  received: StreamFigures,
  sent: StreamFigures | undefined,
): number | undefined {
  const { durationNs } = received;
  if (durationNs === undefined) return undefined;
  if (evidence.isSending && evidence.plain) return plainReceiverNs(evidence, durationNs);
  return Math.max(durationNs, sent?.durationNs ?? evidence.loadNs);
}

/**
 * A plain client stops counting at the end of its own load. A plain server counts from its first word to our last: of that, the
 * time before our first bytes reached it is not theirs.
 */
const plainReceiverNs = ({ peerIsClient, untilEndNs, loadNs }: StreamEvidence, toldNs: number): number =>
  peerIsClient ? toldNs : Math.max(loadNs, Math.min(toldNs, untilEndNs));

const boundsOf = ({ clock, direction, testNs }: StreamEvidence, { transit }: StreamFigures) =>
  clock === undefined ? undefined : transitBounds(direction, clock, transit?.baseSeconds, testNs);
