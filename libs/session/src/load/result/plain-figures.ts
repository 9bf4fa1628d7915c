import {
  figuresFromJson,
  figuresToJson,
  NO_RECEIVER_FIGURES,
  type Results,
  type StreamFigures,
  type StreamReport,
} from '@pathgauge/protocol';
import { NS_PER_S } from '@pathgauge/units';
import { type DataFigures, STREAM_ID } from '../data-end';

/** What the results message is about. */
export interface FiguresOf {
  readonly protocol: 'tcp' | 'udp';
  /** Whether this end sends. */
  readonly sending: boolean;
  /** Whether the peer is a Pathgauge. */
  readonly extended: boolean;
}

/** This end's figures as the results message has them; loss by iperf3's own rule, for a plain peer. No stream: not known. */
export function resultsOf(data: DataFigures | undefined, { protocol, sending, extended }: FiguresOf): Results {
  const figures = data?.figures;
  if (data === undefined || figures === undefined) return { sending, streams: [], extension: undefined };
  const { bytes = 0, messages = 0, durationNs = 0, jitterNs = 0, retransmits } = figures;
  const stream: StreamReport = {
    id: STREAM_ID,
    bytes,
    retransmits,
    jitterSeconds: jitterNs / NS_PER_S,
    ...(data.iperf3 ?? { errors: 0, packets: protocol === 'udp' ? messages : 0 }),
    startSeconds: 0,
    endSeconds: Math.max(durationNs, data.loadNs) / NS_PER_S,
  };
  return { sending, streams: [stream], extension: extended ? figuresToJson([figures]) : undefined };
}

/** What the other end tells: in full from a Pathgauge, as far as it goes from plain iperf3. */
export interface ToldFigures {
  /** Undefined when it tells of no stream. */
  readonly figures: StreamFigures | undefined;
  /** It is a Pathgauge, but what it adds cannot be read. */
  readonly unreadable: boolean;
}

export function toldFigures(results: Results, of: FiguresOf): ToldFigures {
  const [stream] = results.streams;
  const plain = stream === undefined ? undefined : plainFigures(stream, of);
  if (!of.extended || results.extension === undefined) return { figures: plain, unreadable: false };
  const read = figuresFromJson(results.extension);
  return read.ok ? { figures: read.value[0], unreadable: false } : { figures: plain, unreadable: true };
}

/** What iperf3 does not count is not known. */
function plainFigures(stream: StreamReport, { protocol, sending: theyReceive }: FiguresOf): StreamFigures {
  const { bytes, packets, errors, startSeconds, endSeconds, jitterSeconds, retransmits } = stream;
  const udp = protocol === 'udp';
  const durationNs = (endSeconds - startSeconds) * NS_PER_S;
  return {
    ...NO_RECEIVER_FIGURES,
    id: stream.id,
    bytes,
    // Bytes without a packet: the peer could not make sense of our numbers, and has no count to tell.
    messages: udp && (packets > 0 || errors > 0 || bytes === 0) ? packets - (theyReceive ? errors : 0) : undefined,
    durationNs: durationNs === 0 ? undefined : durationNs,
    // Jitter is a difference: below two datagrams a plain peer's 0 means nothing.
    jitterNs: udp && theyReceive && packets - errors > 1 ? jitterSeconds * NS_PER_S : undefined,
    retransmits: theyReceive ? undefined : retransmits,
  };
}
