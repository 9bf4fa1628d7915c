/** A distribution as it travels between hosts and threads, from which it can be gone on with: plain JSON values, nanoseconds. */
export interface DistributionState {
  readonly count: number;
  /** Mean, and the sum of squared distances from it. */
  readonly meanNs: number;
  readonly sumSquares: number;
  readonly minNs: number;
  readonly maxNs: number;
  /** Where the bins are finest: they can be taken over without loss only about this value. */
  readonly referenceNs: number;
  /** Ascending [value, occurrences]: one pair per bin in use. */
  readonly bins: readonly (readonly [value: number, occurrences: number])[];
}
