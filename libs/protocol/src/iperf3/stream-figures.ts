import { type Decoded, decoded, invalid } from '../bytes/decoded';
import { fieldOf, isObject, type JsonObject, requiredNumber } from './json-fields';
import { MOST_REPORTED_STREAMS } from './results';

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

const MOST_BINS = 65_536;
const LARGEST = Number.MAX_SAFE_INTEGER;
const COUNT = { min: 0, max: LARGEST, whole: true };
const DURATION = { min: 0, max: LARGEST };
const NANOSECONDS = { min: -LARGEST, max: LARGEST };

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
  if (!Array.isArray(streams) || streams.length > MOST_REPORTED_STREAMS)
    return invalid('pathgauge.streams', 'is not a list');
  const figures: StreamFigures[] = [];
  for (const stream of streams) {
    const one = streamFromJson(stream);
    if (!one.ok) return one;
    figures.push(one.value);
  }
  return decoded(figures);
}

const REQUIRED = { id: COUNT, bytes: COUNT, durationNs: DURATION, duplicates: COUNT, reordered: COUNT } as const;
const MOMENTS = {
  count: { ...COUNT, min: 1 },
  meanNs: NANOSECONDS,
  sumSquares: { min: 0, max: Number.MAX_VALUE },
  minNs: NANOSECONDS,
  maxNs: NANOSECONDS,
  referenceNs: NANOSECONDS,
} as const;

function streamFromJson(json: unknown): Decoded<StreamFigures> {
  if (!isObject(json)) return invalid('pathgauge.streams', 'has an entry that is not an object');
  const required = allNumbers(json, REQUIRED);
  if (!required.ok) return required;
  const messages = optionalNumber(json, 'messages', COUNT);
  if (!messages.ok) return messages;
  const jitter = optionalNumber(json, 'jitterNs', DURATION);
  if (!jitter.ok) return jitter;
  const transit = transitFromJson(fieldOf(json, 'transit'));
  if (!transit.ok) return transit;
  return decoded({ ...required.value, messages: messages.value, jitterNs: jitter.value, transit: transit.value });
}

function transitFromJson(json: unknown): Decoded<TransitState | undefined> {
  if (json === undefined || json === null) return decoded(undefined);
  if (!isObject(json)) return invalid('transit', 'is not an object');
  const moments = allNumbers(json, MOMENTS);
  if (!moments.ok) return moments;
  const { count, minNs, maxNs } = moments.value;
  const bins = binsFromJson(fieldOf(json, 'bins'));
  if (!bins.ok) return bins;
  const total = bins.value.reduce((sum, [, occurrences]) => sum + occurrences, 0);
  if (total !== count) return invalid('transit.count', 'is not the sum of its bins');
  if (minNs > maxNs) return invalid('transit.minNs', 'is above maxNs');
  return decoded({ ...moments.value, bins: bins.value });
}

function binsFromJson(json: unknown): Decoded<readonly (readonly [number, number])[]> {
  if (!Array.isArray(json) || json.length > MOST_BINS) return invalid('transit.bins', 'is not a list');
  let previous = Number.NEGATIVE_INFINITY;
  for (const bin of json) {
    if (!Array.isArray(bin) || bin.length !== 2) return invalid('transit.bins', 'has an entry that is not a pair');
    const [value, occurrences] = bin;
    const fits =
      Number.isSafeInteger(value) && Number.isSafeInteger(occurrences) && occurrences > 0 && value > previous;
    if (!fits) return invalid('transit.bins', 'is not ascending pairs of whole numbers');
    previous = value;
  }
  return decoded(json as [number, number][]);
}

function allNumbers<Name extends string>(
  json: JsonObject,
  bounds: Readonly<Record<Name, { readonly min: number; readonly max: number; readonly whole?: boolean }>>,
): Decoded<Record<Name, number>> {
  const values = {} as Record<Name, number>;
  for (const name of Object.keys(bounds) as Name[]) {
    const field = requiredNumber(json, name, bounds[name]);
    if (!field.ok) return field;
    values[name] = field.value;
  }
  return decoded(values);
}

/** `null` says that the figure is not known. */
function optionalNumber(
  json: JsonObject,
  name: string,
  bounds: { readonly min: number; readonly max: number; readonly whole?: boolean },
): Decoded<number | undefined> {
  const value = fieldOf(json, name);
  return value === undefined || value === null ? decoded(undefined) : requiredNumber(json, name, bounds);
}
