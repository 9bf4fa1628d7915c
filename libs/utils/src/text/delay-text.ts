import type { Distribution, OneWayDelay } from '@pathgauge/result';
import { delayText, millisecondsText } from './format';

const HEADINGS = ['ms', 'min', 'avg', 'median', 'p95', 'p99', 'max', 'stddev'];

/** Delay distributions, one a line under one heading, in milliseconds. */
export function delayRows(rows: readonly (readonly [name: string, delay: Distribution | undefined])[]): string[][] {
  const present = rows.filter((row): row is readonly [string, Distribution] => row[1] !== undefined);
  if (present.length === 0) return [];
  return [
    HEADINGS,
    ...present.map(([name, delay]) => [
      name,
      ...[delay.minNs, delay.meanNs, delay.medianNs, delay.p95Ns, delay.p99Ns, delay.maxNs, delay.stddevNs].map(
        millisecondsText,
      ),
    ]),
  ];
}

/** How well the schedule was kept. */
export function sendErrorLines(what: string, error: Distribution | undefined): string[] {
  if (error === undefined) return [];
  const { medianNs, meanNs, p99Ns, maxNs } = error;
  const p99 = p99Ns === undefined ? '' : `, p99 ${millisecondsText(p99Ns)}`;
  return [
    `${what} off schedule, ms: median ${millisecondsText(medianNs)}, mean ${millisecondsText(meanNs)}${p99}, most ${millisecondsText(maxNs)}`,
  ];
}

/** What the one-way delays stand on, in words: never a value without its interval. */
export function basisLines(owd: OneWayDelay | undefined): string[] {
  if (owd === undefined) return [];
  const { low, high } = owd.uncertaintyNs;
  const claim = owd.basis === 'bounds' ? ASSUMED : '';
  const intervals = [intervalText('up', owd.up, low, high), intervalText('down', owd.down, -high, -low)];
  return [
    ...intervals.filter((text) => text !== undefined).map((text) => `one-way ${text}${claim}`),
    `  ${BASIS[owd.basis]}`,
  ];
}

/** How the clocks ran against each other, as far as it was seen. Nothing about a clock that is one. */
export function clockLines(owd: OneWayDelay | undefined): string[] {
  if (owd === undefined || owd.basis === 'same-clock') return [];
  const { offsetNs, skewPpm, steps } = owd.clock;
  const ahead = `${delayText(Math.abs(offsetNs))} ${offsetNs < 0 ? 'behind' : 'ahead'}`;
  const gains = skewPpm === undefined ? '' : `, ${skewPpm < 0 ? 'loses' : 'gains'} ${Math.abs(skewPpm).toFixed(1)} ppm`;
  const stepped = steps === 0 ? '' : `, stepped ${steps === 1 ? 'once' : `${steps} times`}`;
  return [`server's clock ${ahead} at mid-run${gains}${stepped}`];
}

/** All that bounds take for granted of the clocks: docs/measurement.md. */
const ASSUMED = ' unless the clocks differ in pace by over 0.2 %';

const BASIS: Readonly<Record<OneWayDelay['basis'], string>> = {
  'same-clock': '(medians; both ends run on this host and share its clock)',
  synchronised: '(medians; both hosts say that their clocks are synchronised)',
  bounds: '(medians; no clock is trusted, they assume equal minimum delays each way)',
};

function intervalText(
  direction: string,
  delay: Distribution | undefined,
  low: number,
  high: number,
): string | undefined {
  if (delay === undefined) return undefined;
  const median = delay.medianNs;
  const range = `between ${millisecondsText(median + low)} and ${millisecondsText(median + high)}`;
  return `${direction} ${delayText(median)}, ${range}`;
}
