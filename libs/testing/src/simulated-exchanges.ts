import type { seededRandom } from './link/random';

/** From 0 to just below 1. */
export type Random = ReturnType<typeof seededRandom>;

/** A one-way delay in nanoseconds, above 0; `i` counts what was sent. */
export type Delay = (i: number, random: Random) => number;

export interface World {
  readonly count: number;
  readonly spacingNs: number;
  readonly up: Delay;
  readonly down: Delay;
  readonly offsetNs?: number;
  readonly skew?: number;
  /** The server's clock jumps by `heightNs` just before it reads it for the exchange sent as number `before`. */
  readonly steps?: readonly { readonly before: number; readonly heightNs: number }[];
  readonly jumps?: readonly Jump[];
  readonly slews?: readonly Slew[];
  /** So many leave at once, `burst` times `spacingNs` apart. */
  readonly burst?: number;
  /** The server's readings are cut off to multiples of this. */
  readonly grainNs?: number;
  readonly lossRatio?: number;
  readonly beginNs?: number;
  readonly serverNs?: Delay;
}

/** The server's clock jumps at an instant of the client's clock. */
export interface Jump {
  readonly at: number;
  readonly heightNs: number;
}

/** A clock that is set right by running faster or slower (a ratio) from one instant of the client's clock to another. */
export interface Slew {
  readonly fromNs: number;
  readonly toNs: number;
  readonly ratio: number;
}

/** What nobody can measure: delays and the instants at which the server read its clock, by the client's. */
interface Truth {
  readonly up: number;
  readonly down: number;
  readonly t2: number;
  readonly t3: number;
}

/** An exchange of timestamps, as the clock engine takes it. */
interface SimulatedExchange {
  index: number;
  rank: number;
  sentAt: number;
  arrivedAt: number;
  upNs: number;
  downNs: number;
}

export interface SimulatedSession {
  readonly exchanges: SimulatedExchange[];
  readonly truths: Truth[];
  /** Server minus client at an instant of the client's clock. */
  readonly theta: (at: number) => number;
  readonly jumps: readonly Jump[];
}

/** What it takes to hand over one of a burst. */
const SEND_NS = 3000;

/** The client's clock is the truth. Timestamps are whole nanoseconds. Steps need delays that do not reorder near them. */
export function simulate(world: World, random: Random): SimulatedSession {
  const { count, spacingNs, offsetNs = 0, skew = 0, beginNs = 0, steps = [], slews = [], lossRatio = 0 } = world;
  const { burst = 1, grainNs = 1 } = world;
  const sent = Array.from({ length: count }, (_, i) => {
    const sentAt = beginNs + Math.round((i - (i % burst)) * spacingNs) + SEND_NS * (i % burst);
    const up = Math.max(1, Math.round(world.up(i, random)));
    const down = Math.max(1, Math.round(world.down(i, random)));
    const t2 = sentAt + up;
    const t3 = t2 + Math.round(world.serverNs?.(i, random) ?? 0);
    return { i, sentAt, arrivedAt: t3 + down, up, down, t2, t3, lost: random() < lossRatio };
  });
  const jumps = [
    ...(world.jumps ?? []),
    ...steps.map(({ before, heightNs }) => ({ at: sent[before]?.t2 ?? Number.POSITIVE_INFINITY, heightNs })),
  ];
  const theta = (at: number): number =>
    offsetNs +
    skew * (at - beginNs) +
    jumps.reduce((sum, jump) => sum + (at >= jump.at ? jump.heightNs : 0), 0) +
    slews.reduce((sum, { fromNs, toNs, ratio }) => sum + ratio * Math.min(Math.max(at - fromNs, 0), toNs - fromNs), 0);
  const reading = (at: number): number => Math.round((at + theta(at)) / grainNs - (grainNs === 1 ? 0 : 0.5)) * grainNs;
  const answered = sent.filter(({ lost }, i) => !lost || i === 0);
  const rank = new Map([...answered].sort((a, b) => a.arrivedAt - b.arrivedAt).map(({ i }, place) => [i, place]));
  const exchanges = answered.map(({ i, sentAt, arrivedAt, t2, t3 }) => ({
    index: i,
    rank: rank.get(i) as number,
    sentAt,
    arrivedAt,
    upNs: reading(t2) - sentAt,
    downNs: arrivedAt - reading(t3),
  }));
  return {
    exchanges,
    truths: answered.map(({ up, down, t2, t3 }) => ({ up, down, t2, t3 })),
    theta,
    jumps,
  };
}

export const constant =
  (delayNs: number): Delay =>
  () =>
    delayNs;

/** A floor, and exponential noise above it. */
export const noisy =
  (floorNs: number, meanNs: number): Delay =>
  (_, random) =>
    floorNs - meanNs * Math.log(1 - random());

/** A buffer that fills and is drained again. */
export const sawtooth =
  (floorNs: number, heightNs: number, period: number): Delay =>
  (i, random) =>
    floorNs + (heightNs * (i % period)) / period + 1e5 * random();

/** Anything between two powers of ten, alike likely. */
export const between = (random: Random, low: number, high: number): number =>
  low * Math.exp(random() * Math.log(high / low));

/** From a calm wire to a bufferbloated, heavy-tailed one. */
export function anyDelay(random: Random): Delay {
  const floor = between(random, 1e3, 2e8);
  const spread = between(random, 1e3, 2e8);
  const kinds: Delay[] = [
    constant(floor),
    noisy(floor, spread),
    sawtooth(floor, spread, 2 + Math.floor(random() * 100)),
    (_, next) => floor + spread * next(),
    // Pareto, alpha 1: a few that wait very long.
    (_, next) => floor + Math.min(spread / (1 - next()), 2e9),
  ];
  return kinds[Math.floor(random() * kinds.length)] as Delay;
}

/** Every kind of session without a step, from one seed. */
export function anyWorld(random: Random, fewest: number, most: number): World {
  return {
    count: fewest + Math.floor(random() * (most - fewest + 1)),
    spacingNs: between(random, 1e3, 1e9),
    up: anyDelay(random),
    down: anyDelay(random),
    offsetNs: Math.round((random() * 2 - 1) * 10 ** Math.floor(random() * 16)),
    skew: random() < 0.3 ? 0 : (random() * 2 - 1) * 1e-3,
    lossRatio: random() < 0.5 ? 0 : random() * 0.5,
    beginNs: Math.round(random() * 1e12),
    serverNs: random() < 0.5 ? constant(0) : noisy(1e3, 2e4),
  };
}
