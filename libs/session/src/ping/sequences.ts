/** Numbers of probes are of 32 bits on the wire: behind the last of them comes 0 again. */
const SEQUENCES = 2 ** 32;

/** The sequence of a probe that has this index. */
export const sequenceOf = (index: number): number => index % SEQUENCES;

/** How many numbers `sequence` lies behind `first`, which may be on the other side of the wrap. */
export const sequencesBetween = (first: number, sequence: number): number =>
  (((sequence - first) % SEQUENCES) + SEQUENCES) % SEQUENCES;
