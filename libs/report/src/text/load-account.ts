import type { LoadResult } from '@pathgauge/result';
import { columnsOf, intervalLine } from './interval-text';
import { linesText } from './lines';
import { loadSummaryLines } from './load-text';
import { nounOf } from './load-words';
import { PLAIN } from './style';

/** More would not fit a message to the peer; whoever wants all of them has the document. */
const MAX_LINES = 2_000;

/** A test as its server tells it to a client that asks: its intervals, as many as there is room for, and its summary. */
export function accountText(result: LoadResult): string {
  const columns = columnsOf(result.settings, nounOf(result.settings, result.peer));
  const intervals = (result.intervals ?? []).slice(0, MAX_LINES).map((interval) => intervalLine(interval, columns));
  return linesText([...intervals, ...loadSummaryLines(result, PLAIN)].filter((line) => line !== ''));
}
