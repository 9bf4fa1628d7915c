import type { Instant } from '@pathgauge/units';

/** Takes in the bytes of a TCP stream, and says which of them nobody looks at. */
export interface ByteReceiver {
  /** Whether nothing more can come; undefined where the bytes do not tell. */
  readonly isComplete: boolean | undefined;
  /** Whether what comes may belong to the omitted beginning of the load. */
  readonly isOmitting: boolean;
  /** How many of the next bytes nobody looks at. */
  readonly unwanted: number;
  /** How far to read where bytes are handed up, unwanted ones before them included. */
  readonly wanted: number;
  /** Returns what is wrong with the bytes, once, if anything; the stream is then of no further use. */
  receive(chunk: Uint8Array, arrival: Instant): string | undefined;
  /** So many unwanted bytes came and were thrown away. */
  skip(count: number, arrival: Instant): void;
}
