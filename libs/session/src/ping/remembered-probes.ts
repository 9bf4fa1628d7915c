import { milliseconds, type Span } from '@pathgauge/units';
import type { PingOptions } from './ping-options';
import { MAX_BUFFERS } from './probe-writer';

/** Probes that a ledger remembers at the least where they follow each other quickly, and ever at the most. */
const MIN_REMEMBERED = 65_536;
const MAX_REMEMBERED = 2 ** 20;
/** Probes that follow each other more slowly than this leave time to make room for the next one. */
const QUICK: Span = milliseconds(10);
/** A flow without an end remembers no longer than the slowest of the quick ones: eleven minutes. */
const REMEMBERED_FOR = MIN_REMEMBERED * QUICK;
/** Probes that may wait to be settled beyond those within the timeout: the ones that wait for a Follow-up. */
const SPARE = 64;
/** Of a slow flow, probes that the system has not taken yet. */
const MIN_BUFFERS = 4;

/** For how many probes a flow has room. */
export interface FlowMemory {
  /** Of so many it is known what became of them, so that a late reply or a duplicate is told from a foreign one. */
  readonly remembered: number;
  /** For so many of them room is made at once, for the others as they are sent. */
  readonly initial: number;
  /** So many may be unsettled, or wait for the exact time of their replies: a power of two. */
  readonly unsettled: number;
  /** So many may be under way to the system at once. */
  readonly buffers: number;
}

/**
 * The rule of what a flow remembers: all probes within twice the timeout, so that as much again is known of what comes late, and
 * the last 65,536 in any case. A slow flow without an end, which need not be kept whole for its summary, remembers eleven
 * minutes instead. Room is made at once where probes follow each other quickly: making it takes time.
 */
export function flowMemory(options: FlowPlan): FlowMemory {
  const { interval, timeout, schedule } = options;
  const withinTimeout = 2 * (interval > 0 ? Math.ceil(timeout / interval) * schedule.burst : 1);
  const remembered = rememberedProbes(options, withinTimeout);
  const unsettled = Math.min(powerOfTwo(withinTimeout + SPARE), powerOfTwo(remembered));
  if (interval / schedule.burst <= QUICK) return { remembered, initial: remembered, unsettled, buffers: MAX_BUFFERS };
  const buffers = Math.min(MAX_BUFFERS, Math.max(MIN_BUFFERS, powerOfTwo(4 * schedule.burst)));
  return { remembered, initial: Math.min(remembered, powerOfTwo(withinTimeout)), unsettled, buffers };
}

type FlowPlan = Pick<PingOptions, 'interval' | 'timeout' | 'schedule' | 'count' | 'duration'>;

function rememberedProbes({ interval, schedule, count, duration }: FlowPlan, withinTimeout: number): number {
  const isEndless = count === undefined && duration === undefined;
  const wanted = isEndless && interval > QUICK ? Math.ceil(REMEMBERED_FOR / interval) * schedule.burst : MIN_REMEMBERED;
  return Math.min(Math.max(withinTimeout, Math.min(wanted, MIN_REMEMBERED)), MAX_REMEMBERED);
}

const powerOfTwo = (least: number): number => 2 ** Math.ceil(Math.log2(least));
