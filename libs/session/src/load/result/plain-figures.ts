import {
  figuresFromJson,
  figuresToJson,
  NO_RECEIVER_FIGURES,
  type Results,
  type StreamFigures,
  type StreamReport,
} from '@pathgauge/protocol';
import { NS_PER_S } from '@pathgauge/units';
import type { StreamOutcome } from '../streams/stream-outcome';

/** What the results message is about. */
export interface FiguresOf {
  readonly protocol: 'tcp' | 'udp';
  /** Whether this end sends at all. */
  readonly isSending: boolean;
  /** The streams that this end sends. */
  readonly sentIds: ReadonlySet<number>;
  /** Whether the peer is a Pathgauge. */
  readonly isExtended: boolean;
  /** Bytes of a message. */
  readonly length: number;
  /** Whether the beginning of the load is in no figure. */
  readonly omits: boolean;
}

/** What one end says beside the figures of its streams. */
export type OwnWords = Pick<Results, 'cpu' | 'serverOutput'>;

/** This end's figures as the results message has them; loss by iperf3's own rule, for a plain peer. No stream: not known. */
export function resultsOf(streams: readonly StreamOutcome[], of: FiguresOf, words: OwnWords): Results {
  const hasExtension = of.isExtended && streams.length > 0;
  return {
    ...words,
    congestion: streams[0]?.congestion,
    sending: of.isSending,
    streams: streams.map((stream) => reportOf(stream, of)),
    extension: hasExtension ? figuresToJson(streams.map(({ figures }) => figures)) : undefined,
  };
}

function reportOf({ figures, iperf3, loadNs }: StreamOutcome, { protocol }: FiguresOf): StreamReport {
  const { id, bytes = 0, messages = 0, durationNs = 0, jitterNs = 0, retransmits } = figures;
  return {
    id,
    bytes,
    retransmits,
    jitterSeconds: jitterNs / NS_PER_S,
    errors: 0,
    packets: protocol === 'udp' ? messages : 0,
    omittedErrors: 0,
    omittedPackets: 0,
    ...iperf3,
    startSeconds: 0,
    endSeconds: Math.max(durationNs, loadNs) / NS_PER_S,
  };
}

/** What the other end tells: in full from a Pathgauge, as far as it goes from plain iperf3. */
export interface ToldFigures {
  /** Of each stream that it tells of, in its order. */
  readonly figures: readonly StreamFigures[];
  /** It is a Pathgauge, but what it adds cannot be read. */
  readonly isUnreadable: boolean;
}

export const NOTHING_TOLD: ToldFigures = { figures: [], isUnreadable: false };

export function toldFigures(results: Results, of: FiguresOf): ToldFigures {
  const plain = results.streams.map((stream) => plainFigures(stream, results.congestion, of));
  if (!of.isExtended || results.extension === undefined) return { figures: plain, isUnreadable: false };
  const read = figuresFromJson(results.extension);
  return read.ok ? { figures: read.value, isUnreadable: false } : { figures: plain, isUnreadable: true };
}

/** What iperf3 does not count is not known. */
function plainFigures(stream: StreamReport, congestion: string | undefined, of: FiguresOf): StreamFigures {
  const { id, bytes, startSeconds, endSeconds, jitterSeconds, retransmits } = stream;
  const theyReceive = of.sentIds.has(id);
  const durationNs = (endSeconds - startSeconds) * NS_PER_S;
  const datagrams = of.protocol === 'udp' ? plainDatagrams(stream, of) : undefined;
  const messages = datagrams && (theyReceive ? datagrams.arrived : datagrams.sent);
  return {
    ...NO_RECEIVER_FIGURES,
    id,
    bytes,
    messages,
    durationNs: durationNs === 0 ? undefined : durationNs,
    // Jitter is a difference: below two datagrams a plain peer's 0 means nothing.
    jitterNs: theyReceive && datagrams !== undefined && datagrams.arrived > 1 ? jitterSeconds * NS_PER_S : undefined,
    expected: theyReceive ? datagrams?.sent : undefined,
    retransmits: theyReceive ? undefined : retransmits,
    congestion: theyReceive ? undefined : congestion,
  };
}

interface PlainDatagrams {
  /** As many as were sent, or as the highest number that arrived says. */
  readonly sent: number;
  readonly arrived: number;
}

/** Without the omitted time. 3.12 does not tell how many belong to it: then bytes say how many do not, and `errors` how many were lost at most. */
function plainDatagrams(stream: StreamReport, { length, omits }: FiguresOf): PlainDatagrams | undefined {
  const { bytes, omittedPackets = 0, omittedErrors = 0 } = stream;
  const [packets, errors] = [stream.packets - omittedPackets, stream.errors - omittedErrors];
  if (omits && stream.omittedPackets === undefined) {
    const counted = Math.min(packets, Math.ceil(bytes / length));
    return { sent: counted + errors, arrived: counted };
  }
  // Bytes without a packet: the peer could not make sense of our numbers, and has no count to tell.
  return packets > 0 || errors > 0 || bytes === 0 ? { sent: packets, arrived: packets - errors } : undefined;
}
