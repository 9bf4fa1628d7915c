import type { LoadResult, StreamResult } from '@pathgauge/result';
import { countText, millisecondsText, percentText, rateText, sizeText } from './format';
import { type IntervalColumns, nameOf } from './interval-text';
import { tableLines } from './table';

type Column = readonly [heading: string, textOf: (stream: StreamResult) => string];

const OF_EVERY_STREAM: readonly Column[] = [
  ['received', ({ bytes }) => sizeText(bytes)],
  ['rate', ({ bitsPerSecond }) => rateText(bitsPerSecond)],
];

const OF_DATAGRAMS: readonly Column[] = [
  ['lost', ({ lost }) => countText(lost)],
  ['loss', ({ lost, sent }) => percentText(shareOf(lost, sent?.messages))],
];

const OF_RECORDS: readonly Column[] = [
  ['rexmt', ({ retransmits }) => countText(retransmits)],
  ['rtt ms', ({ rttNs }) => millisecondsText(rttNs)],
  ['cwnd', ({ cwndBytes }) => sizeText(cwndBytes)],
];

const JITTER: Column = ['jitter ms', ({ jitterNs }) => millisecondsText(jitterNs)];

/** A line for each stream, where there is more than one in a direction. */
export function streamLines({ streams, settings }: LoadResult, columns: IntervalColumns): string[] {
  if (streams === undefined || !columns.hasStreams) return [];
  const figures = [...OF_EVERY_STREAM, ...(settings.protocol === 'udp' ? OF_DATAGRAMS : OF_RECORDS), JITTER];
  return tableLines([
    ['stream', ...figures.map(([heading]) => heading)],
    ...streams.map((stream) => [
      nameOf({ stream: stream.id, direction: stream.direction }, columns).trimEnd(),
      ...figures.map(([, textOf]) => textOf(stream)),
    ]),
  ]);
}

const shareOf = (lost: number | undefined, sent: number | undefined): number | undefined =>
  lost === undefined || sent === undefined || sent === 0 ? undefined : lost / sent;
