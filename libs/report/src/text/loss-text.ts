import type { CountRange, DatagramCounts, LossBursts, OneWayCounts, ProbeCounts } from '@pathgauge/result';
import { percentText } from './format';
import type { Style } from './style';

/** What became of the probes or datagrams of a run, as a few lines. */
export function lossLines(counts: ProbeCounts, bursts: LossBursts | undefined, style: Style): string[] {
  const where = counts.lost > 0 ? [`lost ${directionsText(counts)}${burstText(bursts)}`] : [];
  return [countsLine(counts, style), ...where, ...furtherLines(counts, style)];
}

/** Of a load: each direction for itself, where there are two. */
export function datagramLines(counts: DatagramCounts, bursts: LossBursts | undefined, style: Style): string[] {
  const { up, down } = counts;
  if (up === undefined || down === undefined) return lossLines(counts, bursts, style);
  return [...oneWayLines('up', up, style), ...oneWayLines('down', down, style), ...furtherLines(counts, style)];
}

function oneWayLines(way: string, counts: OneWayCounts, style: Style): string[] {
  const runs = counts.lost === 0 ? '' : burstText(counts.lossBursts);
  return [`${way}: ${countsLine(counts, style)}${runs}`];
}

function countsLine(
  { sent, received, lost, lossRatio }: Pick<ProbeCounts, 'sent' | 'received' | 'lost' | 'lossRatio'>,
  style: Style,
): string {
  const paint = lost === 0 ? style.good : style.bad;
  return paint(`sent ${sent}, received ${received}, lost ${lost} (${percentText(lossRatio)} loss)`);
}

function furtherLines(counts: ProbeCounts, style: Style): string[] {
  const { hostDropped, hostDroppedEstimated } = counts;
  const lines: string[] = [];
  if (hostDropped !== undefined && hostDropped > 0) {
    const many = hostDroppedEstimated ? `at most ${hostDropped}, estimated` : `${hostDropped}`;
    lines.push(style.bad(`of the lost, dropped by the receiving host itself: ${many} (not read in time)`));
  }
  const further = [
    ...(counts.duplicates === undefined ? [] : [`duplicates ${duplicatesText(counts)}`]),
    ...(counts.reordered === undefined ? [] : [`out of order ${reorderedText(counts)}`]),
  ];
  if (further.length > 0) lines.push(further.join(', '));
  return lines;
}

function directionsText(counts: ProbeCounts): string {
  const { late, lostUp, lostDown, lostUpRange, lostDownRange } = counts;
  const up = countOrRange(lostUp, informative(lostUpRange, counts));
  const down = countOrRange(lostDown, informative(lostDownRange, counts));
  const ways = [
    ...(up === undefined ? [] : [`up ${up}`]),
    ...(down === undefined ? [] : [`down ${down}`]),
    ...(late !== undefined && late > 0 ? [`late ${late}`] : []),
  ];
  return up === undefined && down === undefined ? ['direction not known', ...ways].join(', ') : ways.join(', ');
}

const countOrRange = (count: number | undefined, range: CountRange | undefined): string | undefined =>
  count === undefined ? range?.join(' to ') : `${count}`;

/** A range of all that may be lost in either direction says nothing. */
const informative = (range: CountRange | undefined, { lost, late }: ProbeCounts): CountRange | undefined =>
  range !== undefined && range[1] - range[0] < lost - (late ?? 0) ? range : undefined;

const burstText = (bursts: LossBursts | undefined): string =>
  bursts === undefined ? '' : `; ${bursts.count} ${bursts.count === 1 ? 'run' : 'runs'}, longest ${bursts.longest}`;

function duplicatesText({ duplicates, duplicatesUp, duplicatesDown }: ProbeCounts): string {
  if (duplicates === 0 || duplicatesUp === undefined || duplicatesDown === undefined) return `${duplicates}`;
  return `${duplicates} (up ${duplicatesUp}, down ${duplicatesDown})`;
}

function reorderedText({ reordered, reorderExtent }: ProbeCounts): string {
  return reorderExtent === undefined ? `${reordered}` : `${reordered} (by at most ${reorderExtent.max})`;
}
