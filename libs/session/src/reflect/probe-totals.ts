import type { IgnoredDatagrams } from '@pathgauge/result';

/** What a service for probes has done. */
export interface ProbeTotals {
  readonly probeSessions: number;
  readonly probesAnswered: number;
  /** Datagrams that were no probes and belonged to no test. */
  readonly datagramsIgnored: number;
  readonly ignored: IgnoredDatagrams;
}

export const NO_PROBES: ProbeTotals = { probeSessions: 0, probesAnswered: 0, datagramsIgnored: 0, ignored: {} };

/** What two services have done together. */
export const sumOfTotals = (a: ProbeTotals, b: ProbeTotals): ProbeTotals => ({
  probeSessions: a.probeSessions + b.probeSessions,
  probesAnswered: a.probesAnswered + b.probesAnswered,
  datagramsIgnored: a.datagramsIgnored + b.datagramsIgnored,
  ignored: sumOfIgnored(a.ignored, b.ignored),
});

/** The same, and so many openings of load more that were taken for awaited ones and opened nothing. */
export const withOpeningsIgnored = (totals: ProbeTotals, count: number): ProbeTotals =>
  count === 0 ? totals : sumOfTotals(totals, { ...NO_PROBES, datagramsIgnored: count, ignored: { opening: count } });

function sumOfIgnored(a: IgnoredDatagrams, b: IgnoredDatagrams): IgnoredDatagrams {
  const sum: Record<string, number> = { ...a };
  for (const [reason, count] of Object.entries(b)) sum[reason] = (sum[reason] ?? 0) + count;
  return sum;
}
