/** The offset that values are corrected by, as a line over time: server minus client, in nanoseconds. */
export interface ClockLine {
  readonly middle: number;
  readonly offsetNs: number;
  /** Dimensionless. */
  readonly slope: number;
}

export const valueAt = ({ middle, offsetNs, slope }: ClockLine, at: number): number => offsetNs + slope * (at - middle);

/** A clock stepped, or the clocks changed their pace, between these instants. */
export interface ClockChange {
  readonly kind: 'step' | 'pace';
  readonly after: number;
  readonly before: number;
}
