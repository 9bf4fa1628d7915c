import type { PingOptions } from './ping-options';

// The ledger remembers at least this many probes, to tell duplicates and late replies: 3 MB. And at most this many.
const MIN_REMEMBERED = 65_536;
const MAX_REMEMBERED = 2 ** 20;

/** How many probes a ledger is to remember: everything within the timeout, and as much again for what comes late. */
export function rememberedProbes({ interval, timeout, schedule }: PingOptions): number {
  const withinTimeout = interval > 0 ? Math.ceil(timeout / interval) * schedule.burst : 1;
  return Math.min(Math.max(2 * withinTimeout, MIN_REMEMBERED), MAX_REMEMBERED);
}
