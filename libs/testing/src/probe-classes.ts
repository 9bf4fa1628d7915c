import { between, type Random } from './simulated-exchanges';
import type { ProbeWorld, SimulatedWay } from './simulated-probes';

const MS = 1e6;

/** A kind of network, drawn at random; what its reflector's numbers must tell of the direction of loss. */
export interface ProbeClass {
  readonly name: string;
  /** `settled`: nothing else used up numbers, so that whatever is told must be true. */
  readonly settled: boolean;
  readonly draw: (random: Random) => ProbeWorld;
}

const steady = (random: Random): SimulatedWay['delay'] => {
  const delay = between(random, 0.1, 30) * MS;
  return () => delay;
};
/** One in so many takes longer, so that others overtake it. */
const overtaken = (random: Random): SimulatedWay['delay'] => {
  const [delay, share, by] = [between(random, 0.1, 30) * MS, between(random, 0.01, 0.3), between(random, 5, 60) * MS];
  return (draw) => delay + (draw() < share ? by * (0.5 + draw()) : 0);
};
const jittery = (random: Random): SimulatedWay['delay'] => {
  const [delay, jitter] = [between(random, 0.1, 30) * MS, between(random, 5, 60) * MS];
  return (draw) => delay + jitter * draw();
};
const disordered = (random: Random): SimulatedWay['delay'] => (random() < 0.7 ? overtaken(random) : jittery(random));
const sometimesLate = (random: Random): SimulatedWay['delay'] => {
  const share = between(random, 0.01, 0.2);
  return (draw) => MS + (draw() < share ? between(draw, 400, 1200) * MS : 0);
};

interface Ways {
  readonly up?: Partial<SimulatedWay>;
  readonly down?: Partial<SimulatedWay>;
}
type Drawn = Ways & Omit<Partial<ProbeWorld>, 'up' | 'down'>;

/** Losses both ways, and what is drawn beside them; a probe every 10 ms, 20 to 400 of them, sometimes more. */
const classOf = (name: string, settled: boolean, rest: (random: Random) => Drawn = () => ({})): ProbeClass => ({
  name,
  settled,
  draw: (random) => {
    const { up, down, ...others } = rest(random);
    const way = (): SimulatedWay => ({
      loss: random() < 0.2 ? 0 : between(random, 0.005, 0.3),
      double: 0,
      delay: steady(random),
    });
    return {
      count: Math.round(random() < 0.1 ? between(random, 400, 2000) : between(random, 20, 400)),
      spacingNs: 10 * MS,
      timeoutNs: 500 * MS,
      up: { ...way(), ...up },
      down: { ...way(), ...down },
      ...others,
    };
  },
});

const doubled = (random: Random): { double: number } => ({ double: between(random, 0.003, 0.4) });
const inRuns = (random: Random) => ({
  bursts: { begin: between(random, 0.005, 0.05), end: between(random, 0.1, 0.8) },
});
const chosen = <T>(random: Random, choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;

/** Networks and reflectors of every kind that the direction of loss is told or not told for. */
export const PROBE_CLASSES: readonly ProbeClass[] = [
  classOf('losses both ways', true),
  classOf('losses in runs', true, (random) => ({ up: inRuns(random), down: inRuns(random) })),
  classOf('and overtaking', true, (random) => ({
    up: { delay: disordered(random) },
    down: { delay: disordered(random) },
  })),
  classOf('and late replies', true, (random) => ({ up: {}, down: { delay: sometimesLate(random) } })),
  classOf('and late requests', true, (random) => ({ up: { delay: sometimesLate(random) }, down: {} })),
  classOf('and doubled down', true, (random) => ({ down: { ...doubled(random), delay: disordered(random) } })),
  classOf('and doubled up', false, (random) => ({ up: doubled(random) })),
  classOf('and doubled up, overtaking', false, (random) => ({ up: { ...doubled(random), delay: disordered(random) } })),
  classOf('and doubled both ways, late', false, (random) => ({
    up: { ...doubled(random), delay: disordered(random) },
    down: { ...doubled(random), delay: sometimesLate(random) },
  })),
  classOf('a counter shared with others', false, (random) => ({
    others: between(random, 0.003, 0.4),
    begin: chosen(random, [0, 77]),
  })),
  classOf('a shared counter, overtaking', false, (random) => ({
    others: between(random, 0.003, 0.4),
    up: { delay: disordered(random) },
  })),
  classOf('had counted before', true, (random) => ({
    begin: chosen(random, [1000, 123_456, 2 ** 32 - 7, 2 ** 32 - 150]),
  })),
  classOf('had counted before, overtaking', true, (random) => ({
    begin: chosen(random, [1000, 123_456, 2 ** 32 - 7, 2 ** 32 - 150]),
    up: { delay: disordered(random) },
  })),
  classOf('begins at 1, RFC 8762: at 0', false, () => ({ begin: 1 })),
  classOf('restarts', false, (random) => ({
    begin: chosen(random, [0, 0, 30, 5000]),
    restartAt: Math.floor(between(random, 1, 300)),
  })),
  classOf('copies the numbers', false, (random) => ({ copies: chosen(random, [0, 0, 1, 5000]) })),
  classOf('all together', false, (random) => ({
    begin: chosen(random, [0, 0, 1000]),
    others: chosen(random, [0, 0.02]),
    up: { ...chosen(random, [{}, doubled(random), inRuns(random)]), delay: disordered(random) },
    down: {
      ...chosen(random, [{}, doubled(random), inRuns(random)]),
      delay: chosen(random, [disordered, sometimesLate])(random),
    },
  })),
];
