/** A streaming statistic: bounded memory, one `record` per event, `snapshot` at any time. */
export interface Estimator<Sample, Snapshot> {
  record(sample: Sample): void;
  /** A copy; later samples never change a snapshot already taken. */
  snapshot(): Snapshot;
}
