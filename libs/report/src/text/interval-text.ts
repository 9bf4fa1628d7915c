import type { Interval, LoadSettings } from '@pathgauge/result';
import { delayText, percentText, rateText, secondsText, sizeText } from './format';
import { counted, type Noun } from './load-words';
import { COLUMNS } from './wrapped';

/** How the intervals of a load are told apart. */
export interface IntervalColumns {
  readonly noun: Noun;
  readonly hasStreams: boolean;
  readonly hasBothWays: boolean;
}

export const columnsOf = ({ parallel, direction }: LoadSettings, noun: Noun): IntervalColumns => ({
  noun,
  hasStreams: parallel > 1,
  hasBothWays: direction === 'both',
});

/** What one interval held, within 80 columns. */
export function intervalLine(interval: Interval, columns: IntervalColumns): string {
  const { startNs, endNs, bytes, bitsPerSecond } = interval;
  const first = [
    // What passed is in the rate: both would not fit beside jitter and delay.
    `${secondsText(startNs)}-${secondsText(endNs)} s`.padStart(13),
    (bitsPerSecond === undefined ? sizeText(bytes) : rateText(bitsPerSecond)).padStart(11),
  ];
  return fitting(`${nameOf(interval, columns)}${first.join('  ')}`, cellsOf(interval, columns.noun));
}

/** Whose figures they are: `[  3]`, `[SUM]`, and the direction where there are two. */
export function nameOf(
  { stream, direction }: Pick<Interval, 'stream' | 'direction'>,
  { hasStreams, hasBothWays }: IntervalColumns,
): string {
  const name = hasStreams ? `[${stream === undefined ? 'SUM' : `${stream}`.padStart(3)}] ` : '';
  return hasBothWays ? `${name}${direction.padEnd(4)} ` : name;
}

/** A figure, and the place in the order in which figures are left out where there is no room for all of them: 0, never. */
type Cell = readonly [text: string, leftOut: number];

function cellsOf(interval: Interval, noun: Noun): readonly Cell[] {
  const { measuredAt, messages, lost, jitterNs, owdMeanNs, retransmits, rttNs, cwndBytes } = interval;
  const isLossy = noun === 'datagrams' && lost !== undefined && messages !== undefined;
  return [
    ...(isLossy ? lossCells(lost, messages) : []),
    // Beside the state of the path there is no room for them.
    ...cell(isLossy || cwndBytes !== undefined ? undefined : messages, (count) => counted(count, noun).padStart(8), 4),
    ...cell(jitterNs, (ns) => `jitter ${delayText(ns)}`, 3),
    ...cell(owdMeanNs, (ns) => `one-way ${delayText(ns)}`, 2),
    ...cell(retransmits, (count) => `rexmt ${count}`, 7),
    ...cell(rttNs, (ns) => `rtt ${delayText(ns)}`, 6),
    ...cell(cwndBytes, (size) => `cwnd ${sizeText(size)}`, 5),
    ...(measuredAt === 'sender' ? [['sent', 0] as const] : []),
  ];
}

/** A late arrival takes one off what was lost, so there may be fewer than none; of how many it is then makes no sense. */
const lossCells = (lost: number, received: number): readonly Cell[] =>
  lost < 0 || lost + received === 0
    ? [[`lost ${lost}`, 0]]
    : [
        [`lost ${lost}/${lost + received}`, 0],
        ...(lost > 0 ? [[`(${percentText(lost / (lost + received))})`, 1] as const] : []),
      ];

const cell = (value: number | undefined, textOf: (value: number) => string, leftOut: number): readonly Cell[] =>
  value === undefined ? [] : [[textOf(value), leftOut]];

function fitting(first: string, cells: readonly Cell[]): string {
  const line = [first, ...cells.map(([text]) => text)].join('  ');
  const ranks = cells.map(([, rank]) => rank).filter((rank) => rank > 0);
  if (line.length <= COLUMNS || ranks.length === 0) return line;
  const lowest = Math.min(...ranks);
  return fitting(
    first,
    cells.filter(([, rank]) => rank !== lowest),
  );
}
