import type { Direction, Interval } from '@pathgauge/result';
import type { StreamListener } from '../src/load/streams/stream-group';

/** Listens to a group and keeps what it tells. */
export function listening() {
  const intervals: Interval[] = [];
  const reportable: (readonly Interval[])[] = [];
  const complete: Direction[] = [];
  const told: string[] = [];
  const listener: StreamListener = {
    onInterval: (interval) => intervals.push(interval),
    onReportable: (reported) => reportable.push(reported),
    onComplete: (direction) => complete.push(direction),
    onBroken: (why) => told.push(`broken: ${why}`),
    onClosed: (error) => told.push(`closed: ${error?.message}`),
    onSendError: ({ message }) => told.push(`not sent: ${message}`),
    onIcmp: ({ error }) => told.push(`icmp: ${error}`),
  };
  return { intervals, reportable, complete, told, listener };
}
