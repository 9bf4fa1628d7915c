// 1024 to 2047 steps per octave: the middle of a bin is within 0.05 % of every value in it.
const STEPS = 1024;
const LINEAR_LIMIT = 2 * STEPS;
const LINEAR_BITS = 11;
const BITS_IN_WORD = 32;
const WORD = 2 ** BITS_IN_WORD;
/** Powers of two as numbers, so that the hot path divides by a constant it looks up. */
const POWER = Float64Array.from({ length: 64 }, (_, exponent) => 2 ** exponent);

/** A bin with something in it: the value that stands for it, and how many values fell into it. */
export interface Bin {
  readonly value: number;
  readonly count: number;
}

/**
 * Counts of integers by magnitude with a bounded relative error (0.05 %, exact below 2048), negative values included.
 * The bins of an octave are made when its first value arrives, so memory follows the spread and not the number.
 */
export class LogLinearBins {
  readonly #positive: (Float64Array | undefined)[] = [];
  readonly #negative: (Float64Array | undefined)[] = [];

  /** Adds `count` occurrences of `value`, an integer within +-2^53. */
  add(value: number, count = 1): void {
    const magnitude = value < 0 ? -value : value;
    const octaves = value < 0 ? this.#negative : this.#positive;
    if (magnitude < LINEAR_LIMIT) {
      const bins = (octaves[0] ??= new Float64Array(LINEAR_LIMIT));
      bins[magnitude] = (bins[magnitude] as number) + count;
      return;
    }
    const octave =
      magnitude < WORD
        ? BITS_IN_WORD - LINEAR_BITS - Math.clz32(magnitude)
        : 2 * BITS_IN_WORD - LINEAR_BITS - Math.clz32(magnitude / WORD);
    const bins = (octaves[octave] ??= new Float64Array(STEPS));
    const step = Math.floor(magnitude / (POWER[octave] as number)) - STEPS;
    bins[step] = (bins[step] as number) + count;
  }

  /** Every bin that holds something, in ascending order of value. */
  *ascending(): Generator<Bin> {
    for (let octave = this.#negative.length - 1; octave >= 0; octave--) {
      const bins = this.#negative[octave];
      for (let step = (bins?.length ?? 0) - 1; step >= 0; step--) {
        const count = bins?.[step] as number;
        if (count > 0) yield { value: -middleOf(octave, step), count };
      }
    }
    for (let octave = 0; octave < this.#positive.length; octave++) {
      const bins = this.#positive[octave];
      for (let step = 0; step < (bins?.length ?? 0); step++) {
        const count = bins?.[step] as number;
        if (count > 0) yield { value: middleOf(octave, step), count };
      }
    }
  }
}

function middleOf(octave: number, step: number): number {
  if (octave === 0) return step;
  const width = POWER[octave] as number;
  return (step + STEPS) * width + Math.floor(width / 2);
}
