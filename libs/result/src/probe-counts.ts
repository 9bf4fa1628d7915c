/** The fewest and the most that it can be, both possible. */
export type CountRange = readonly [low: number, high: number];

/**
 * sent = received + lost, and lost = lostUp + lostDown + late: a late reply has no direction.
 * While a run goes on, sent = received + lost + outstanding.
 */
export interface ProbeCounts {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly lostUp: number | undefined;
  readonly lostDown: number | undefined;
  /** Where probes are unanswered and it is not settled in which direction they were lost; undefined of datagrams. */
  readonly lostUpRange: CountRange | undefined;
  readonly lostDownRange: CountRange | undefined;
  /** 0 to 1; undefined when nothing was sent. */
  readonly lossRatio: number | undefined;
  /** Undefined where nobody counts them: of a load that a plain iperf3 receives. So are `reordered` and `late`. */
  readonly duplicates: number | undefined;
  readonly duplicatesUp: number | undefined;
  readonly duplicatesDown: number | undefined;
  /** RFC 4737: arrived after one that was sent later. */
  readonly reordered: number | undefined;
  /** RFC 4737 section 4.2.1: how far behind they came, in arrivals. Undefined when nothing was reordered, or it was not told. */
  readonly reorderExtent: ReorderExtent | undefined;
  /** Arrived after the timeout: counted as lost too. */
  readonly late: number | undefined;
  /**
   * Due, but never on the network: the sending host was held up, or its own system refused them. Neither sent nor lost.
   * Undefined where the sender does not tell.
   */
  readonly notSent: number | undefined;
  /** Dropped by the receiving host itself. */
  readonly hostDropped: number | undefined;
  /** `hostDropped` is an upper bound: the system counted datagrams that it had put together as one. */
  readonly hostDroppedEstimated: boolean | undefined;
}

export interface ReorderExtent {
  readonly mean: number;
  readonly max: number;
}

/** Runs of consecutive losses ("loss periods"), RFC 3357. */
export interface LossBursts {
  readonly count: number;
  readonly longest: number;
  /** How many bursts there were of each length; those above 1024 together, as "1025+". */
  readonly lengths: Readonly<Record<string, number>>;
}

/**
 * What keeps a datagram from the server from being a reply. `short`: below 38 bytes; `no-error-estimate`: its multiplier is 0
 * (RFC 4656: corrupt); `swapped`: T1 stands where T3 belongs; `ssid`: another session's; `other-t1`: another T1 than that probe's;
 * `changed-echo`: the probe itself, changed or cut short; `other`: anything else.
 */
export type ForeignReply = 'short' | 'no-error-estimate' | 'swapped' | 'ssid' | 'other-t1' | 'changed-echo' | 'other';

export interface ForeignReplies {
  readonly count: number;
  /** How many of each kind; those that did not come are left out. */
  readonly kinds: Readonly<Partial<Record<ForeignReply, number>>>;
}
