import type { Timer, Transport } from '@pathgauge/transport';
import { milliseconds, type Span } from '@pathgauge/units';

/** Like the frames of a call: whoever sends at this pace, or more slowly, asks for a schedule rather than for a rate. */
const MIN_EXACT_SPACING: Span = milliseconds(20);

/**
 * What a paced load waits with for its next message. A schedule is kept to the microsecond, for which a thread stays awake before
 * each instant. At a rate, messages may be late by a millisecond, and those that are due by then leave together: so the thread
 * sleeps, however many loads share it.
 */
export const pacingTimer = (host: Pick<Transport, 'timer' | 'coarseTimer'>, spacing: Span | undefined): Timer =>
  spacing !== undefined && spacing >= MIN_EXACT_SPACING ? host.timer() : host.coarseTimer();
