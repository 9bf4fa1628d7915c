import { type Decoded, decoded, invalid } from '../bytes/decoded';
import { type IcmpFigures, icmpFromJson, type PathMtuFigures, pathMtuFromJson } from './icmp-figures';
import { allNumbers, fieldOf, isObject, type JsonObject, optionalNumber } from './json-schema';
import { MAX_REPORTED_STREAMS } from './results';

/**
 * What one end adds to its results for each stream, between two Pathgauges. The end that received gives everything; the
 * end that sent gives `bytes`, `messages` and `durationNs` of what it sent.
 */
export interface StreamFigures {
  readonly id: number;
  /** Undefined when it is not known. */
  readonly bytes: number | undefined;
  /** Records or datagrams, duplicates left out. Undefined where the stream has none. */
  readonly messages: number | undefined;
  /** At the end that sent: how long its load lasted. At the one that received: from the first arrival to the last. */
  readonly durationNs: number | undefined;
  /** RFC 3550; undefined when not computed. */
  readonly jitterNs: number | undefined;
  /** Undefined where nothing is numbered, or nobody counts them. */
  readonly duplicates: number | undefined;
  readonly reordered: number | undefined;
  /** RFC 4737 section 4.2.1, in arrivals; undefined when nothing was reordered. */
  readonly reorderExtent: { readonly mean: number; readonly max: number } | undefined;
  /** One more than the highest number that arrived, counted from 0. Undefined where nothing is numbered. */
  readonly expected: number | undefined;
  /** RFC 3357, below `expected`. */
  readonly lossBursts: LossBurstFigures | undefined;
  /** Dropped by the receiving host itself; undefined where its system does not tell. */
  readonly hostDropped: number | undefined;
  /** `hostDropped` is an upper bound, not a count. */
  readonly hostDroppedEstimated: boolean;
  /** Transit times with the clock offset in them; undefined when not computed. */
  readonly transit: TransitState | undefined;
  /** TCP, at the end that sent: segments sent again, and the path's state at the end. Undefined where its system does not tell. */
  readonly retransmits: number | undefined;
  readonly rttNs: number | undefined;
  readonly cwndBytes: number | undefined;
  /** At the end that sent: what was due and was not sent. */
  readonly notSent: NotSentFigures | undefined;
  /** How often this end ran nothing although something was due, and for how long at the most. */
  readonly hostStalls: StallFigures | undefined;
  /** Of TCP, at the end that sent: the largest segment, without headers. */
  readonly mssBytes: number | undefined;
  /** At the end that sent: what the path takes in one piece, as far as its system knows. */
  readonly pathMtu: PathMtuFigures | undefined;
  /** At the end that sent datagrams: what ICMP said of them. Undefined where its system does not tell. */
  readonly icmp: readonly IcmpFigures[] | undefined;
}

/** Messages by the reason for which they were not sent. */
export interface NotSentFigures {
  /** The host was held up when they were due. */
  readonly heldUp: number;
  /** Its own system did not take them. */
  readonly refused: number;
  /** The connection's path did not take them in time. */
  readonly blocked: number;
}

export interface StallFigures {
  readonly count: number;
  readonly longestNs: number;
}

/** What only a Pathgauge that receives can tell, when nobody tells it. */
export const NO_RECEIVER_FIGURES = {
  jitterNs: undefined,
  duplicates: undefined,
  reordered: undefined,
  reorderExtent: undefined,
  expected: undefined,
  lossBursts: undefined,
  hostDropped: undefined,
  hostDroppedEstimated: false,
  transit: undefined,
  retransmits: undefined,
  rttNs: undefined,
  cwndBytes: undefined,
  notSent: undefined,
  hostStalls: undefined,
  mssBytes: undefined,
  pathMtu: undefined,
  icmp: undefined,
} as const;

/** Runs of consecutive losses: how many, the longest, and how many of each length ("1025+": of that or more). */
export interface LossBurstFigures {
  readonly count: number;
  readonly longest: number;
  readonly lengths: Readonly<Record<string, number>>;
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
  /** Whole seconds that belong to every value, where clocks are so far apart that nanoseconds would lose digits; else 0. */
  readonly baseSeconds?: number | undefined;
}

/** Two signs of 53 octaves of 1024 bins, and the finest. */
const MAX_BINS = 131_072;
/** Lengths that are told one by one; longer ones are counted under the key behind them. */
const MAX_BURST = 1_024;
const LONGER_BURSTS = `${MAX_BURST + 1}+`;
const MAX_COUNT = Number.MAX_SAFE_INTEGER;
const COUNT = { min: 0, max: MAX_COUNT, whole: true };
/** Centuries: what two clocks are apart is in transit times. */
const MAX_NS = 1e19;
const DURATION = { min: 0, max: MAX_NS };
const NANOSECONDS = { min: -MAX_NS, max: MAX_NS };
const BASE_SECONDS = { min: -(2 ** 32), max: 2 ** 32, whole: true };

export const figuresToJson = (streams: readonly StreamFigures[]): JsonObject => ({
  version: 1,
  streams: streams.map((stream) => ({
    ...stream,
    bytes: stream.bytes ?? null,
    messages: stream.messages ?? null,
    durationNs: stream.durationNs ?? null,
    duplicates: stream.duplicates ?? null,
    reordered: stream.reordered ?? null,
    jitterNs: stream.jitterNs ?? null,
    reorderExtent: stream.reorderExtent ?? null,
    expected: stream.expected ?? null,
    lossBursts: stream.lossBursts ?? null,
    hostDropped: stream.hostDropped ?? null,
    transit: stream.transit ?? null,
    retransmits: stream.retransmits ?? null,
    rttNs: stream.rttNs ?? null,
    cwndBytes: stream.cwndBytes ?? null,
    notSent: stream.notSent ?? null,
    hostStalls: stream.hostStalls ?? null,
    mssBytes: stream.mssBytes ?? null,
    pathMtu: stream.pathMtu ?? null,
    icmp: stream.icmp ?? null,
  })),
});

/** Reads what a peer added. Nothing in it is believed: wrong types, counts that do not add up and excess are failures. */
export function figuresFromJson(json: unknown): Decoded<readonly StreamFigures[]> {
  if (!isObject(json)) return invalid('pathgauge', 'is not an object');
  const streams = fieldOf(json, 'streams');
  if (!Array.isArray(streams) || streams.length > MAX_REPORTED_STREAMS)
    return invalid('pathgauge.streams', 'is not a list');
  const figures: StreamFigures[] = [];
  for (const stream of streams) {
    const one = streamFromJson(stream);
    if (!one.ok) return one;
    figures.push(one.value);
  }
  return decoded(figures);
}

const MOMENTS = {
  count: { ...COUNT, min: 1 },
  meanNs: NANOSECONDS,
  sumSquares: { min: 0, max: Number.MAX_VALUE },
  minNs: NANOSECONDS,
  maxNs: NANOSECONDS,
  referenceNs: NANOSECONDS,
} as const;

/** `null` says that a figure is not known. */
const FIGURES = {
  bytes: COUNT,
  messages: COUNT,
  durationNs: DURATION,
  jitterNs: DURATION,
  duplicates: COUNT,
  reordered: COUNT,
  expected: COUNT,
  hostDropped: COUNT,
  retransmits: COUNT,
  rttNs: DURATION,
  cwndBytes: COUNT,
  mssBytes: COUNT,
} as const;

function streamFromJson(json: unknown): Decoded<StreamFigures> {
  if (!isObject(json)) return invalid('pathgauge.streams', 'has an entry that is not an object');
  const id = allNumbers(json, { id: COUNT });
  if (!id.ok) return id;
  const figures = {} as Record<keyof typeof FIGURES, number | undefined>;
  for (const name of Object.keys(FIGURES) as (keyof typeof FIGURES)[]) {
    const figure = optionalNumber(json, name, FIGURES[name]);
    if (!figure.ok) return figure;
    figures[name] = figure.value;
  }
  const transit = optional(json, 'transit', transitFromJson);
  if (!transit.ok) return transit;
  const notSent = optional(json, 'notSent', notSentFromJson);
  if (!notSent.ok) return notSent;
  const hostStalls = optional(json, 'hostStalls', stallsFromJson);
  if (!hostStalls.ok) return hostStalls;
  const pathMtu = optional(json, 'pathMtu', pathMtuFromJson);
  if (!pathMtu.ok) return pathMtu;
  const icmp = icmpFromJson(fieldOf(json, 'icmp'));
  if (!icmp.ok) return icmp;
  const extent = optional(json, 'reorderExtent', extentFromJson);
  if (!extent.ok) return extent;
  const bursts = optional(json, 'lossBursts', burstsFromJson);
  if (!bursts.ok) return bursts;
  return decoded({
    ...id.value,
    ...figures,
    hostDroppedEstimated: fieldOf(json, 'hostDroppedEstimated') === true,
    reorderExtent: extent.value,
    lossBursts: bursts.value,
    transit: transit.value,
    notSent: notSent.value,
    hostStalls: hostStalls.value,
    pathMtu: pathMtu.value,
    icmp: icmp.value,
  });
}

function extentFromJson(json: JsonObject): Decoded<{ readonly mean: number; readonly max: number }> {
  return allNumbers(json, { mean: DURATION, max: COUNT });
}

const notSentFromJson = (json: JsonObject): Decoded<NotSentFigures> =>
  allNumbers(json, { heldUp: COUNT, refused: COUNT, blocked: COUNT });

const stallsFromJson = (json: JsonObject): Decoded<StallFigures> =>
  allNumbers(json, { count: COUNT, longestNs: DURATION });

function burstsFromJson(json: JsonObject): Decoded<LossBurstFigures> {
  const numbers = allNumbers(json, { count: COUNT, longest: COUNT });
  if (!numbers.ok) return numbers;
  const lengths = fieldOf(json, 'lengths');
  if (!isObject(lengths)) return invalid('lossBursts.lengths', 'is not an object');
  let total = 0;
  let longest = 0;
  for (const [length, count] of Object.entries(lengths)) {
    if (!isBurstLength(length) || !isPositiveCount(count))
      return invalid('lossBursts.lengths', 'is not counts by length');
    total += count;
    longest = Math.max(longest, Number.parseInt(length, 10));
  }
  const { count } = numbers.value;
  if (total !== count) return invalid('lossBursts.count', 'is not the sum of its lengths');
  const fits = LONGER_BURSTS in lengths ? numbers.value.longest >= longest : numbers.value.longest === longest;
  if (!fits) return invalid('lossBursts.longest', 'is not the longest of its lengths');
  return decoded({ ...numbers.value, lengths: lengths as Record<string, number> });
}

const isPositiveCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0;

const isBurstLength = (key: string): boolean =>
  key === LONGER_BURSTS || (/^[1-9][0-9]*$/.test(key) && Number(key) <= MAX_BURST);

/** `null` says that the figure is not known. */
function optional<T>(json: JsonObject, name: string, read: (object: JsonObject) => Decoded<T>): Decoded<T | undefined> {
  const value = fieldOf(json, name);
  if (value === undefined || value === null) return decoded(undefined);
  return isObject(value) ? read(value) : invalid(name, 'is not an object');
}

function transitFromJson(json: JsonObject): Decoded<TransitState> {
  const moments = allNumbers(json, MOMENTS);
  if (!moments.ok) return moments;
  const { count, minNs, maxNs } = moments.value;
  const bins = binsFromJson(fieldOf(json, 'bins'));
  if (!bins.ok) return bins;
  const total = bins.value.reduce((sum, [, occurrences]) => sum + occurrences, 0);
  if (total !== count) return invalid('transit.count', 'is not the sum of its bins');
  if (minNs > maxNs) return invalid('transit.minNs', 'is above maxNs');
  const base = optionalNumber(json, 'baseSeconds', BASE_SECONDS);
  if (!base.ok) return base;
  const baseSeconds = base.value ?? 0;
  return decoded({ ...moments.value, bins: bins.value, ...(baseSeconds === 0 ? {} : { baseSeconds }) });
}

function binsFromJson(json: unknown): Decoded<readonly (readonly [number, number])[]> {
  if (!Array.isArray(json) || json.length > MAX_BINS) return invalid('transit.bins', 'is not a list');
  let previous = Number.NEGATIVE_INFINITY;
  for (const bin of json) {
    if (!Array.isArray(bin) || bin.length !== 2) return invalid('transit.bins', 'has an entry that is not a pair');
    const [value, occurrences] = bin;
    const fits = isWhole(value) && Number.isSafeInteger(occurrences) && occurrences > 0 && value > previous;
    if (!fits) return invalid('transit.bins', 'is not ascending pairs of whole numbers');
    previous = value;
  }
  return decoded(json as [number, number][]);
}

/** Far from 0 not every whole number is there, but what is there is one. */
const isWhole = (value: unknown): value is number => Number.isInteger(value) && Math.abs(value as number) <= MAX_NS;
