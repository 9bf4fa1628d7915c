import type { ClockEstimate, Distribution, OneWayDelay } from '@pathgauge/result';
import { delayText, millisecondsText, ppmText } from './format';

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
    `${what} off schedule, ms: median ${millisecondsText(medianNs)}, avg ${millisecondsText(meanNs)}${p99}, max ${millisecondsText(maxNs)}`,
  ];
}

/** The rows of the one-way delays, where a clock is trusted: without that a value would be a guess. */
export const oneWayRows = (owd: OneWayDelay | undefined): string[][] =>
  owd === undefined || owd.basis === 'bounds'
    ? []
    : delayRows([
        ['one-way up', owd.up],
        ['one-way down', owd.down],
      ]);

/** What the one-way delays are, and what that stands on, in words: never a value without its interval. */
export function basisLines(owd: OneWayDelay | undefined): string[] {
  if (owd === undefined) return [];
  const ways = [wayText(owd, 'up'), wayText(owd, 'down')];
  return [...ways.filter((text) => text !== undefined).map((text) => `one-way ${text}`), `  ${BASIS[owd.basis]}`];
}

/** How the clocks ran against each other, as far as it was seen. Nothing about a clock that is one. */
export function clockLines(owd: OneWayDelay | undefined): string[] {
  if (owd === undefined || owd.basis === 'same-clock') return [];
  const { offsetNs, offsetLowNs, offsetHighNs, steps } = owd.clock;
  const range = offsetRangeText(offsetLowNs, offsetHighNs);
  const offset = owd.basis === 'bounds' ? range : `${delayText(Math.abs(offsetNs))} ${sideOf(offsetNs)}, ${range}`;
  const course = [
    ...skewText(owd.clock),
    ...(steps === 0 ? [] : [`stepped ${steps === 1 ? 'once' : `${steps} times`}`]),
  ];
  return [`server's clock ${offset} at mid-run`, ...(course.length === 0 ? [] : [`  it ${course.join(', ')}`])];
}

/** A skew is told with its interval, in which 0 is not. */
function skewText({ skewPpm, skewLowPpm, skewHighPpm }: ClockEstimate): string[] {
  if (skewPpm === undefined) return [];
  const verb = skewPpm < 0 ? 'loses' : 'gains';
  const ends = [skewLowPpm, skewHighPpm].map((ppm) => Math.abs(ppm ?? skewPpm)).sort((a, b) => a - b);
  return [`${verb} ${ppmText(skewPpm)}, between ${ends.map(ppmText).join(' and ')}`];
}

const sideOf = (offsetNs: number): string => (offsetNs < 0 ? 'behind' : 'ahead');

function offsetRangeText(lowNs: number, highNs: number): string {
  if (lowNs < 0 && highNs > 0) return `between ${delayText(-lowNs)} behind and ${delayText(highNs)} ahead`;
  const [least, most] = [Math.min(Math.abs(lowNs), Math.abs(highNs)), Math.max(Math.abs(lowNs), Math.abs(highNs))];
  return `between ${millisecondsText(least)} and ${delayText(most)} ${sideOf(lowNs + highNs)}`;
}

const BASIS: Readonly<Record<OneWayDelay['basis'], string>> = {
  'same-clock': '(medians; both ends run on this host and share its clock)',
  synchronised: '(medians; both hosts say that their clocks are synchronised)',
  // All that bounds take for granted of the clocks: docs/measurement.md.
  bounds: '(medians; no clock is trusted, but to keep pace within 0.2 % of the other)',
};

function wayText(owd: OneWayDelay, way: 'up' | 'down'): string | undefined {
  const delay = owd[way];
  if (delay === undefined) return undefined;
  const { low, high } = owd.intervalNs[way];
  // No packet arrives before it was sent.
  const least = Math.max(0, delay.medianNs + low);
  const most = Math.max(0, delay.medianNs + high);
  const from = least === 0 ? '0' : millisecondsText(least);
  if (owd.basis === 'bounds') return `${way} ${from} to ${delayText(most)}`;
  return `${way} ${delayText(delay.medianNs)}, between ${from} and ${millisecondsText(most)}`;
}
