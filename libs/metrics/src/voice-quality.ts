/** A codec as the E-model knows it: ITU-T G.113 appendix I. */
export interface Codec {
  readonly name: string;
  /** Equipment impairment factor Ie. */
  readonly impairment: number;
  /** Packet-loss robustness factor Bpl. */
  readonly lossRobustness: number;
}

export const G711: Codec = { name: 'G.711 without loss concealment', impairment: 0, lossRobustness: 4.3 };

/** R with all of G.107's defaults and neither delay nor loss. */
const BEST_RATING = 93.2;
/** Below this a delay is not noticed. */
const UNNOTICED_MS = 100;

export interface VoicePath {
  /** One-way delay Ta, in nanoseconds. */
  readonly delayNs: number;
  /** 0 to 1. */
  readonly lossRatio: number;
  /** BurstR: how much longer runs of loss are than random loss would make them; 1 for random loss. */
  readonly burstRatio: number;
}

/** The transmission rating R of a voice path: ITU-T G.107 section 7, all parameters but delay and loss at their defaults. */
export function rFactor({ delayNs, lossRatio, burstRatio }: VoicePath, codec: Codec): number {
  return BEST_RATING - delayImpairment(delayNs / 1e6) - lossImpairment(lossRatio * 100, burstRatio, codec);
}

/** The mean opinion score, 1 to 4.5, that goes with a rating: ITU-T G.107 annex B. */
export function meanOpinionScore(rating: number): number {
  if (rating <= 0) return 1;
  if (rating >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}

/** Idd: what absolute delay costs, with echo perfectly cancelled. G.107 section 7.4. */
function delayImpairment(milliseconds: number): number {
  if (milliseconds <= UNNOTICED_MS) return 0;
  const x = Math.log2(milliseconds / UNNOTICED_MS);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Ie-eff: what the codec and lost packets cost. G.107 section 7.5. */
const lossImpairment = (percent: number, burstRatio: number, { impairment, lossRobustness }: Codec): number =>
  impairment + ((95 - impairment) * percent) / (percent / burstRatio + lossRobustness);
