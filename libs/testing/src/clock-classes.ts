import {
  between,
  constant,
  type Delay,
  type Jump,
  noisy,
  type Random,
  type Slew,
  type World,
} from './simulated-exchanges';

/** What two clocks do against each other during a run, apart from what the network does meanwhile. */
interface Course {
  readonly skew?: number;
  readonly jumps?: readonly Jump[];
  readonly slews?: readonly Slew[];
}

/** Draws what the clocks do in a run of so many nanoseconds. */
type CourseOf = (random: Random, durationNs: number) => Course;

const PPM = 1e-6;
const sign = (random: Random): number => (random() < 0.5 ? -1 : 1);
const skewOf = (random: Random): number => sign(random) * between(random, 1, 200) * PPM;

/** From 50 us to an hour, anywhere in the run. */
const jumpsOf = (random: Random, durationNs: number, howMany: number): readonly Jump[] =>
  Array.from({ length: howMany }, () => ({
    at: random() * durationNs,
    heightNs: Math.round(sign(random) * between(random, 5e4, 3.6e12)),
  }));

/** As NTP does: 100 to 500 ppm, from somewhere in the run to somewhere later, or beyond its end. */
const slewsOf = (random: Random, durationNs: number): Slew[] => {
  const fromNs = random() * durationNs;
  const toNs = random() < 0.3 ? 2 * durationNs : fromNs + random() * (durationNs - fromNs);
  return [{ fromNs, toNs, ratio: sign(random) * between(random, 100, 500) * PPM }];
};

const COURSES = {
  constant: () => ({}),
  skew: (random) => ({ skew: skewOf(random) }),
  'one step': (random, durationNs) => ({ jumps: jumpsOf(random, durationNs, 1) }),
  'three steps': (random, durationNs) => ({ jumps: jumpsOf(random, durationNs, 3) }),
  'step and skew': (random, durationNs) => ({ skew: skewOf(random), jumps: jumpsOf(random, durationNs, 1) }),
  slew: (random, durationNs) => ({ slews: slewsOf(random, durationNs) }),
  'two slews and skew': (random, durationNs) => ({
    skew: skewOf(random),
    slews: [...slewsOf(random, durationNs), ...slewsOf(random, durationNs)],
  }),
  'slew and step': (random, durationNs) => ({
    slews: slewsOf(random, durationNs),
    jumps: jumpsOf(random, durationNs, 1),
  }),
} satisfies Record<string, CourseOf>;

/** Standard normal: Box and Muller. */
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** Noise that remembers: what a queue does when it is fed by others. */
function autoregressive(floor: number, spread: number, memory: number): Delay {
  let state = 0;
  return (_, random) => {
    state = memory * state + Math.sqrt(1 - memory * memory) * normal(random);
    return floor + spread * Math.abs(state);
  };
}

type DelayOf = (random: Random, floor: number, spread: number, count: number) => Delay;

/** A queue that fills or drains all along: the slowest imitation of a clock's skew. */
const ramp: DelayOf = (random, floor, spread, count) => {
  const [from, to] = [random() * spread, random() * spread];
  const noise = spread * between(random, 1e-3, 0.3);
  return (i, next) => floor + from + ((to - from) * i) / count - noise * Math.log(1 - next());
};

const sine: DelayOf = (random, floor, spread, count) => {
  const period = between(random, 10, 3 * count);
  const phase = random() * period;
  const noise = spread * between(random, 1e-3, 0.3);
  return (i, next) =>
    floor + (spread * (1 + Math.sin((2 * Math.PI * (i + phase)) / period))) / 2 - noise * Math.log(1 - next());
};

const routeChange: DelayOf = (random, floor, spread, count) => {
  const at = Math.floor(random() * count);
  const [before, after] = [random() * spread, random() * spread];
  const noise = spread * between(random, 1e-3, 0.3);
  return (i, next) => floor + (i < at ? before : after) - noise * Math.log(1 - next());
};

const SMOOTH: readonly DelayOf[] = [
  (_, floor, spread) => (i, next) => floor + spread * next() + 0 * i,
  (_, floor, spread) => noisy(floor, spread),
];
const ROUGH: readonly DelayOf[] = [
  ...SMOOTH,
  (random, floor, spread) => {
    const power = 1 / (1 + random());
    return (_, next) => floor + Math.min(spread * ((1 - next()) ** -power - 1), 2e9);
  },
  (random, floor, spread) => autoregressive(floor, spread, 1 - between(random, 1e-3, 0.3)),
  ramp,
  sine,
  routeChange,
];

const pick = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;

/** The shortest way of a LAN, a WAN or a satellite. */
const FLOORS: readonly (readonly [number, number])[] = [
  [5e3, 3e5],
  [1e6, 1e8],
  [2.4e8, 3e8],
];

/** The network, alike in both directions or lopsided. */
function waysOf(random: Random, count: number, kinds: readonly DelayOf[], most: number): Pick<World, 'up' | 'down'> {
  const [low, high] = pick(random, FLOORS);
  const way = (): Delay => {
    const floor = between(random, low, high);
    return pick(random, kinds)(random, floor, floor * between(random, 3e-3, most), count);
  };
  return { up: way(), down: way() };
}

export interface ClockWorldClass {
  readonly name: string;
  /** Clocks and network that ask for no more than a narrow interval. */
  readonly isCalm: boolean;
  /** More exchanges than one window of the clock engine holds. */
  readonly isLong: boolean;
  readonly draw: (random: Random) => World;
}

function classOf(name: string, course: CourseOf, counts: readonly [number, number], isCalm: boolean): ClockWorldClass {
  const draw = (random: Random): World => {
    const count = Math.round(between(random, ...counts));
    const spacingNs = !isCalm && random() < 0.05 ? 1e10 : between(random, 1e6, isCalm ? 1e8 : 1e9);
    const ways = isCalm ? waysOf(random, count, SMOOTH, 0.1) : waysOf(random, count, ROUGH, 3);
    return {
      count,
      spacingNs,
      ...ways,
      ...course(random, count * spacingNs),
      offsetNs: Math.round((random() * 2 - 1) * 10 ** Math.floor(random() * 13)),
      lossRatio: random() < 0.5 ? 0 : random() * (isCalm ? 0.02 : 0.5),
      serverNs: random() < 0.5 ? constant(0) : noisy(1e3, 2e4),
      ...(isCalm ? {} : unusual(random)),
    };
  };
  return { name, isCalm, isLong: counts === LONG, draw };
}

/** Now and then: probes in bursts, a server that counts in micro- or milliseconds. */
const unusual = (random: Random): Partial<World> => ({
  burst: random() < 0.1 ? 10 : 1,
  grainNs: random() < 0.1 ? pick(random, [1e3, 1e6]) : 1,
});

const USUAL = [40, 4000] as const;
const FEW = [2, 40] as const;
const LONG = [4100, 12_000] as const;
const named: readonly (readonly [string, CourseOf])[] = Object.entries(COURSES);

/** Every course of the clocks, from 40 to 4000 exchanges, LAN to satellite; then the same with few; long ones; calm ones. */
export const CLOCK_CLASSES: readonly ClockWorldClass[] = [
  ...named.map(([name, course]) => classOf(name, course, USUAL, false)),
  ...named.map(([name, course]) => classOf(`${name}, few`, course, FEW, false)),
  classOf('one step, long', COURSES['one step'], LONG, false),
  classOf('slew and step, long', COURSES['slew and step'], LONG, false),
  classOf('constant, calm', COURSES.constant, USUAL, true),
  classOf('skew, calm', COURSES.skew, USUAL, true),
];
