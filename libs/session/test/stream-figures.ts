import { NO_RECEIVER_FIGURES, type StreamFigures, type TransitState } from '@pathgauge/protocol';

/** What a stream tells of which nothing is known but this. */
export const figuresOf = (known: Partial<StreamFigures> = {}): StreamFigures => ({
  ...NO_RECEIVER_FIGURES,
  id: 1,
  bytes: 1000,
  messages: 10,
  durationNs: 1e9,
  ...known,
});

/** Transit times as they travel between both ends. */
export function transitOf(...values: readonly number[]): TransitState {
  const sorted = [...values].sort((a, b) => a - b);
  const meanNs = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  return {
    count: sorted.length,
    meanNs,
    sumSquares: sorted.reduce((sum, value) => sum + (value - meanNs) ** 2, 0),
    minNs: sorted[0] as number,
    maxNs: sorted.at(-1) as number,
    referenceNs: sorted[0] as number,
    bins: [...new Set(sorted)].map((value) => [value, sorted.filter((each) => each === value).length]),
  };
}
