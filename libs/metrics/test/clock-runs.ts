import { noisy, type SimulatedSession, seededRandom, simulate, type World } from '@pathgauge/testing';
import fc from 'fast-check';
import { type ClockClaim, ClockEngine } from '../src/clock/clock-engine';
import { type ClockLine, valueAt } from '../src/clock/clock-line';
import type { ClockKnowledge } from '../src/clock/clock-summary';
import type { Exchange } from '../src/clock/exchanges';

interface Told {
  readonly clock: ClockKnowledge;
  /** In the order in which they were settled. */
  readonly indices: number[];
  readonly lines: ClockLine[];
  /** Places where a settled part began with a step. */
  readonly stepsAt: number[];
}

export function runOf(exchanges: readonly Exchange[], claim?: ClockClaim): Told {
  const indices: number[] = [];
  const lines: ClockLine[] = [];
  const stepsAt: number[] = [];
  let begun = 0;
  const engine = new ClockEngine(
    { claim: () => claim, granularityNs: () => 1 },
    {
      onSettled: (columns, from, to, line) => {
        if (begun > 0 && lines.length === begun) stepsAt.push(columns.index[from] as number);
        for (let i = from; i < to; i++) {
          indices.push(columns.index[i] as number);
          lines.push(line as ClockLine);
        }
      },
      onPartEnd: () => {
        begun = lines.length;
      },
    },
  );
  for (const exchange of exchanges) engine.record(exchange);
  engine.finish();
  return { clock: engine.snapshot() as ClockKnowledge, indices, lines, stepsAt };
}

/** By how much the true offset is outside of what is known, at the worst of all instants the server read its clock. */
export function worstExcess({ truths, theta }: SimulatedSession, { clock, lines }: Told): number {
  let worst = Number.NEGATIVE_INFINITY;
  lines.forEach((line, i) => {
    for (const at of [truths[i]?.t2 as number, truths[i]?.t3 as number]) {
      const off = theta(at) - valueAt(line, at);
      const beyond = Math.max(clock.smallestNs - theta(at), theta(at) - clock.largestNs);
      worst = Math.max(worst, clock.lowNs - off, off - clock.highNs, beyond);
    }
  });
  return worst;
}

export const calm = (rest: Partial<World> = {}): World => ({
  count: 1000,
  spacingNs: 1e7,
  up: noisy(8e6, 1e5),
  down: noisy(3e6, 1e5),
  offsetNs: 5e9,
  ...rest,
});
export const seeds = fc.integer();
export const stepsOf = (world: World, seed: number): number =>
  runOf(simulate(world, seededRandom(seed)).exchanges).clock.steps;
