/** Median of a list that is not empty. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `ours` and `theirs` came from runs in turn: the ratio is taken pair by pair, so that a drifting machine cancels. */
export const pairedRatio = (ours, theirs) => median(ours.map((value, i) => value / theirs[i]));

export const summarise = (values) => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});
