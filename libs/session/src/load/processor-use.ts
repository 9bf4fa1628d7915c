import type { CpuUse } from '@pathgauge/result';
import type { ProcessorTime, Transport } from '@pathgauge/transport';
import { elapsed, type Span } from '@pathgauge/units';

/**
 * How much of a processor this program takes from now on, until the returned function is called. Of a server that runs several tests
 * at once it is what all of them take.
 */
export function watchProcessor({
  clock,
  processorTime,
}: Pick<Transport, 'clock' | 'processorTime'>): () => CpuUse | undefined {
  const [begin, before] = [clock.now(), processorTime()];
  return () => useWithin(elapsed(begin, clock.now()), before, processorTime());
}

/** Undefined when no time has passed. */
function useWithin(time: Span, before: ProcessorTime, now: ProcessorTime): CpuUse | undefined {
  if (time <= 0) return undefined;
  const userPercent = percentOf(now.userNs - before.userNs, time);
  const systemPercent = percentOf(now.systemNs - before.systemNs, time);
  return { percent: userPercent + systemPercent, userPercent, systemPercent };
}

const percentOf = (part: number, whole: Span): number => (100 * part) / whole;
