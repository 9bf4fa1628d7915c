import type { Results, StreamReport } from '@pathgauge/protocol';
import type { OwnWords } from '../src/load/result/plain-figures';

/** Nothing is said beside the figures of streams. */
export const NO_WORDS: OwnWords = { cpu: undefined, serverOutput: undefined };

/** Results that say no more than this. */
export const resultsWith = (known: Partial<Results>): Results => ({
  cpu: undefined,
  congestion: undefined,
  serverOutput: undefined,
  sending: false,
  streams: [],
  extension: undefined,
  ...known,
});

/** What iperf3 says of a stream of which there is nothing to say but this. */
export const reportWith = (known: Partial<StreamReport>): StreamReport => ({
  id: 1,
  bytes: 0,
  retransmits: undefined,
  jitterSeconds: 0,
  errors: 0,
  packets: 0,
  omittedErrors: undefined,
  omittedPackets: undefined,
  startSeconds: 0,
  endSeconds: 2,
  ...known,
});
