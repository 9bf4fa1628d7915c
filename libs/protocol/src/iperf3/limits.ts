/** What iperf3 itself allows of a load test. */
export const LOAD_LIMITS = {
  /** Streams in each direction. */
  streams: { min: 1, max: 128 },
  /** Messages that are due together. */
  burst: { min: 1, max: 1000 },
  seconds: { min: 0, max: 86_400 },
  omitSeconds: { min: 0, max: 600 },
  windowBytes: { min: 1, max: 512 * 1024 ** 2 },
  /** Linux takes none below. */
  mssBytes: { min: 88, max: 9216 },
  /** The octet that packets are marked with. */
  trafficClass: { min: 0, max: 255 },
} as const;

/** Bytes of a block. */
export const TCP_LENGTH = { min: 1, max: 1_048_576, fallback: 131_072 } as const;
/** Bytes of a datagram. */
export const UDP_LENGTH = { min: 16, max: 65_507, fallback: 1460 } as const;
