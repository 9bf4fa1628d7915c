import { type Decoded, decoded, invalid } from '../bytes/decoded';
import { fieldOf, isObject, type JsonObject, numberField } from './json-fields';

/**
 * What one end adds to its results for each stream, between two Pathgauges. The end that received gives everything; the
 * end that sent gives `bytes`, `messages` and `durationNs` of what it sent.
 */
export interface StreamFigures {
  readonly id: number;
  readonly bytes: number;
  /** Records or datagrams, duplicates left out. Undefined where the stream has none. */
  readonly messages: number | undefined;
  /** From the first byte to the end of the load. */
  readonly durationNs: number;
  /** RFC 3550; undefined when not computed. */
  readonly jitterNs: number | undefined;
  readonly duplicates: number;
  readonly reordered: number;
  /** Transit times with the clock offset in them; undefined when not computed. */
  readonly transit: TransitState | undefined;
}

/** A distribution of transit times, nanoseconds: its moments and its bins as ascending [value, occurrences]. */
export interface TransitState {
  readonly count: number;
  readonly meanNs: number;
  readonly sumSquares: number;
  readonly minNs: number;
  readonly maxNs: number;
  /** Where the bins are finest. */
  readonly referenceNs: number;
  readonly bins: readonly (readonly [number, number])[];
}

const MOST_STREAMS = 128;
const MOST_BINS = 65_536;
const LARGEST = Number.MAX_SAFE_INTEGER;
const COUNT = { min: 0, max: LARGEST, fallback: 0 };
const NANOSECONDS = { min: -LARGEST, max: LARGEST, fallback: 0 };

export const figuresToJson = (streams: readonly StreamFigures[]): JsonObject => ({
  version: 1,
  streams: streams.map((stream) => ({
    ...stream,
    messages: stream.messages ?? null,
    jitterNs: stream.jitterNs ?? null,
    transit: stream.transit ?? null,
  })),
});

/** Reads what a peer added. Nothing in it is believed: wrong types, counts that do not add up and excess are failures. */
export function figuresFromJson(json: unknown): Decoded<readonly StreamFigures[]> {
  if (!isObject(json)) return invalid('pathgauge', 'is not an object');
  const streams = fieldOf(json, 'streams');
  if (!Array.isArray(streams) || streams.length > MOST_STREAMS) return invalid('pathgauge.streams', 'is not a list');
  const figures: StreamFigures[] = [];
  for (const stream of streams) {
    const one = streamFromJson(stream);
    if (!one.ok) return one;
    figures.push(one.value);
  }
  return decoded(figures);
}

function streamFromJson(json: unknown): Decoded<StreamFigures> {
  if (!isObject(json)) return invalid('pathgauge.streams', 'has an entry that is not an object');
  const values: Record<string, number> = {};
  for (const name of ['id', 'bytes', 'messages', 'durationNs', 'jitterNs', 'duplicates', 'reordered']) {
    const field = numberField(json, name, COUNT);
    if (!field.ok) return field;
    values[name] = field.value;
  }
  const value = (name: string): number => values[name] as number;
  const optional = (name: string): number | undefined =>
    typeof fieldOf(json, name) === 'number' ? value(name) : undefined;
  const transit = transitFromJson(fieldOf(json, 'transit'));
  if (!transit.ok) return transit;
  return decoded({
    id: value('id'),
    bytes: value('bytes'),
    messages: optional('messages'),
    durationNs: value('durationNs'),
    jitterNs: optional('jitterNs'),
    duplicates: value('duplicates'),
    reordered: value('reordered'),
    transit: transit.value,
  });
}

function transitFromJson(json: unknown): Decoded<TransitState | undefined> {
  if (json === undefined || json === null) return decoded(undefined);
  if (!isObject(json)) return invalid('transit', 'is not an object');
  const count = numberField(json, 'count', { ...COUNT, min: 1, fallback: Number.NaN });
  const mean = numberField(json, 'meanNs', NANOSECONDS);
  const sumSquares = numberField(json, 'sumSquares', { min: 0, max: Number.MAX_VALUE, fallback: 0 });
  const min = numberField(json, 'minNs', NANOSECONDS);
  const max = numberField(json, 'maxNs', NANOSECONDS);
  const reference = numberField(json, 'referenceNs', NANOSECONDS);
  if (!count.ok) return count;
  if (!mean.ok) return mean;
  if (!sumSquares.ok) return sumSquares;
  if (!min.ok) return min;
  if (!max.ok) return max;
  if (!reference.ok) return reference;
  const bins = fieldOf(json, 'bins');
  if (!Array.isArray(bins) || bins.length > MOST_BINS) return invalid('transit.bins', 'is not a list');
  let total = 0;
  let previous = Number.NEGATIVE_INFINITY;
  for (const bin of bins) {
    if (!Array.isArray(bin) || bin.length !== 2) return invalid('transit.bins', 'has an entry that is not a pair');
    const [value, occurrences] = bin;
    const fits =
      Number.isSafeInteger(value) && Number.isSafeInteger(occurrences) && occurrences > 0 && value > previous;
    if (!fits) return invalid('transit.bins', 'is not ascending pairs of whole numbers');
    previous = value;
    total += occurrences;
  }
  if (total !== count.value) return invalid('transit.count', 'is not the sum of its bins');
  return decoded({
    count: count.value,
    meanNs: mean.value,
    sumSquares: sumSquares.value,
    minNs: min.value,
    maxNs: max.value,
    referenceNs: reference.value,
    bins: bins as [number, number][],
  });
}
