import type { Interval } from '@pathgauge/result';
import { rateOf, span } from '@pathgauge/units';
import type { IntervalReport } from './interval-report';

/** Two reports of one end of a stream that follow each other, as one. */
export function mergedReports(earlier: IntervalReport, later: IntervalReport): IntervalReport {
  const [first, second] = [earlier.interval, later.interval];
  return reportOfAll([earlier, later], {
    jitterNs: second.jitterNs ?? first.jitterNs,
    rttNs: second.rttNs ?? first.rttNs,
    cwndBytes: second.cwndBytes ?? first.cwndBytes,
  });
}

/** The reports of several streams for the same time, as one of all of them. What is a stream's own has no sum; of jitter, the mean. */
export function summedReports(reports: readonly [IntervalReport, ...IntervalReport[]]): IntervalReport {
  const jitters = reports.flatMap(({ interval }) => interval.jitterNs ?? []);
  return reportOfAll(reports, {
    stream: undefined,
    jitterNs: jitters.length === 0 ? undefined : jitters.reduce(sum) / jitters.length,
    rttNs: undefined,
    cwndBytes: undefined,
  });
}

function reportOfAll(
  reports: readonly [IntervalReport, ...IntervalReport[]],
  others: Pick<Interval, 'jitterNs' | 'rttNs' | 'cwndBytes'> & Partial<Interval>,
): IntervalReport {
  const intervals = reports.map(({ interval }) => interval);
  const startNs = Math.min(...intervals.map((interval) => interval.startNs));
  const endNs = Math.max(...intervals.map((interval) => interval.endNs));
  const bytes = intervals.map((interval) => interval.bytes).reduce(sum);
  const [{ interval: first }] = reports;
  return {
    interval: {
      ...first,
      ...others,
      startNs,
      endNs,
      bytes,
      bitsPerSecond: first.bitsPerSecond === undefined ? undefined : rateOf(bytes, span(endNs - startNs)),
      messages: sumIfKnown(intervals.map(({ messages }) => messages)),
      lost: sumIfKnown(intervals.map(({ lost }) => lost)),
      retransmits: sumIfKnown(intervals.map(({ retransmits }) => retransmits)),
    },
    ...meanTransit(reports),
  };
}

/** Of all messages that have a transit time. */
function meanTransit(reports: readonly IntervalReport[]): Pick<IntervalReport, 'transitMeanNs' | 'transits'> {
  const timed = reports.filter(({ transits }) => transits > 0);
  const base = timed[0]?.transitMeanNs;
  if (base === undefined) return { transitMeanNs: undefined, transits: 0 };
  const transits = timed.map((report) => report.transits).reduce(sum);
  // Less the first: the sum keeps its digits also where the clocks are years apart.
  const beyond = timed.map((report) => ((report.transitMeanNs ?? base) - base) * report.transits).reduce(sum);
  return { transitMeanNs: base + beyond / transits, transits };
}

/** Unknown as soon as one is. */
function sumIfKnown(figures: readonly (number | undefined)[]): number | undefined {
  const known = figures.flatMap((figure) => figure ?? []);
  return known.length === figures.length ? known.reduce(sum, 0) : undefined;
}

const sum = (one: number, other: number): number => one + other;
