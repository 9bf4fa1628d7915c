import type { Distribution, OneWayDelay } from '@pathgauge/result';
import {
  anyWorld,
  between,
  noisy,
  type SimulatedSession,
  seededRandom,
  simulate,
  type World,
} from '@pathgauge/testing';
import fc from 'fast-check';
import type { ClockClaim } from '../src/clock/clock-engine';
import { OneWayDelays, type OneWayFigures } from '../src/delay/one-way-delays';

export function figuresOf({ exchanges }: SimulatedSession, claim?: ClockClaim): OneWayFigures {
  const delays = new OneWayDelays({ claim: () => claim, granularityNs: () => 1 });
  for (const exchange of exchanges) delays.record(exchange);
  return delays.finish();
}

export const owdOf = (figures: OneWayFigures): OneWayDelay => figures.owd as OneWayDelay;
export const of = (distribution: Distribution | undefined): Distribution => distribution as Distribution;
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function extremesOf(values: readonly number[]): readonly number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const median = ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2;
  return [sorted[0] as number, median, meanOf(values), sorted.at(-1) as number];
}

/** By how much the true delays are outside of what is told, at the worst. */
export function worstExcess({ truths }: SimulatedSession, figures: OneWayFigures): number {
  const { up, down, uncertaintyNs } = owdOf(figures);
  const { low, high } = uncertaintyNs;
  const told = (found: Distribution): number[] => [found.minNs, found.medianNs, found.meanNs, found.maxNs];
  const beyond = (found: Distribution, truth: readonly number[], below: number, above: number): number[] =>
    told(found).map((value, i) => {
      const off = (truth[i] as number) - value;
      return Math.max(below - off, off - above);
    });
  const ups = extremesOf(truths.map((truth) => truth.up));
  const downs = extremesOf(truths.map((truth) => truth.down));
  return Math.max(...beyond(of(up), ups, low, high), ...beyond(of(down), downs, -high, -low));
}

export const sumsUp = ({ exchanges }: SimulatedSession, figures: OneWayFigures): void => {
  const { up, down } = owdOf(figures);
  const roundTrips = exchanges.map(({ upNs, downNs }) => upNs + downNs);
  const mean = meanOf(roundTrips);
  expect([of(up).count, of(down).count]).toStrictEqual([exchanges.length, exchanges.length]);
  expect(Math.abs(of(up).meanNs + of(down).meanNs - mean)).toBeLessThanOrEqual(1e-3 + mean * 1e-9);
};

/** RFC 3550 over differences of transit times in order of arrival, which any constant offset leaves as they are. */
export function jitterOf({ exchanges }: SimulatedSession, direction: 'upNs' | 'downNs'): number | undefined {
  const transits = [...exchanges].sort((a, b) => a.rank - b.rank).map((exchange) => exchange[direction]);
  const differences = transits.slice(1).map((transit, i) => Math.abs(transit - (transits[i] as number)));
  return differences.length === 0 ? undefined : differences.reduce((jitter, d) => jitter + (d - jitter) / 16, 0);
}

export const variationsOf = ({ exchanges }: SimulatedSession, direction: 'upNs' | 'downNs'): number[] =>
  exchanges.flatMap((exchange, i) => {
    const previous = exchanges[i - 1];
    return previous?.index === exchange.index - 1 ? [exchange[direction] - previous[direction]] : [];
  });

export const seeds = fc.integer();
export const sessionOf = (seed: number, rest: Partial<World> = {}): SimulatedSession => {
  const random = seededRandom(seed);
  return simulate({ ...anyWorld(random, 1, 300), ...rest }, random);
};
export const calm = (rest: Partial<World>): World => ({
  count: 600,
  spacingNs: 1e7,
  up: noisy(8e6, 1e5),
  down: noisy(3e6, 1e5),
  ...rest,
});
/** Steps longer than any round trip here, far enough from each other. */
export const stepsOf = (random: () => number): { before: number; heightNs: number }[] =>
  [100, 350].slice(0, 1 + Math.floor(random() * 2)).map((first) => ({
    before: first + Math.floor(random() * 150),
    heightNs: (random() < 0.5 ? -1 : 1) * Math.round(between(random, 3e7, 1e12)),
  }));
