import * as v from 'valibot';
import { count, countsByName, countsOf, fields, flag, number, orUnknown, ratio } from './schema';

export const CountRangeSchema = v.pipe(v.tuple([count, count]), v.readonly());

/** The fewest and the most that it can be, both possible. */
export type CountRange = readonly [low: number, high: number];

/** How far behind reordered ones came, in arrivals. */
export const ReorderExtentSchema = fields({
  mean: number,
  max: count,
});

export interface ReorderExtent extends v.InferOutput<typeof ReorderExtentSchema> {}

/** Of probes, or of datagrams of both directions together. */
export const PROBE_COUNTS = {
  sent: count,
  received: count,
  lost: count,
  lostUp: orUnknown(count),
  lostDown: orUnknown(count),
  /** Where probes are unanswered and it is not settled in which direction they were lost; never of datagrams. */
  lostUpRange: orUnknown(CountRangeSchema),
  lostDownRange: orUnknown(CountRangeSchema),
  /** 0 to 1; not known when nothing was sent. */
  lossRatio: orUnknown(ratio),
  /** Not known where nobody counts them: of a load that a plain iperf3 receives. So are `reordered` and `late`. */
  duplicates: orUnknown(count),
  duplicatesUp: orUnknown(count),
  duplicatesDown: orUnknown(count),
  /** RFC 4737: arrived after one that was sent later. */
  reordered: orUnknown(count),
  /** RFC 4737 section 4.2.1: how far behind they came, in arrivals. Not known when nothing was reordered, or it was not told. */
  reorderExtent: orUnknown(ReorderExtentSchema),
  /** Arrived after the timeout: counted as lost too. */
  late: orUnknown(count),
  /**
   * Due, but never on the network: the sending host was held up, or its own system refused them. Neither sent nor lost.
   * Not known where the sender does not tell.
   */
  notSent: orUnknown(count),
  /** Dropped by the receiving host itself. */
  hostDropped: orUnknown(count),
  /** `hostDropped` is an upper bound: the system counted datagrams that it had put together as one. */
  hostDroppedEstimated: orUnknown(flag),
};

export const ProbeCountsSchema = fields(PROBE_COUNTS);

/**
 * Of probes, or of datagrams. sent = received + lost, and lost = lostUp + lostDown + late: a late reply has no direction.
 * While a run goes on, sent = received + lost + outstanding.
 */
export interface ProbeCounts extends v.InferOutput<typeof ProbeCountsSchema> {}

export const LossBurstsSchema = fields({
  count,
  longest: count,
  /** How many bursts there were of each length; those above 1024 together, as "1025+". */
  lengths: countsByName,
});

/** Runs of consecutive losses ("loss periods"), RFC 3357. */
export interface LossBursts extends v.InferOutput<typeof LossBurstsSchema> {}

const FOREIGN_REPLIES = ['short', 'no-error-estimate', 'swapped', 'ssid', 'other-t1', 'changed-echo', 'other'] as const;

/**
 * What keeps a datagram from the server from being a reply. `short`: below 38 bytes; `no-error-estimate`: its multiplier is 0
 * (RFC 4656: corrupt); `swapped`: T1 stands where T3 belongs; `ssid`: another session's; `other-t1`: another T1 than that probe's;
 * `changed-echo`: the probe itself, changed or cut short; `other`: anything else.
 */
export type ForeignReply = (typeof FOREIGN_REPLIES)[number];

export const ForeignRepliesSchema = fields({
  count,
  /** How many of each kind; those that did not come are left out. */
  kinds: countsOf(FOREIGN_REPLIES),
});

export interface ForeignReplies extends v.InferOutput<typeof ForeignRepliesSchema> {}
