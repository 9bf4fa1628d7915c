/** What is to be computed and reported; each can be switched off. */
export interface MetricSwitches {
  readonly throughput: boolean;
  readonly jitter: boolean;
  readonly oneWayDelay: boolean;
}

export const ALL_METRICS: MetricSwitches = { throughput: true, jitter: true, oneWayDelay: true };
