import type { Interval } from '@pathgauge/result';
import type { StreamListener } from '../src/load/streams/stream-group';

/** Listens to a group and keeps what it tells. */
export function listening() {
  const intervals: Interval[] = [];
  const told: string[] = [];
  const listener: StreamListener = {
    onInterval: (interval) => intervals.push(interval),
    onBroken: (why) => told.push(`broken: ${why}`),
    onClosed: (error) => told.push(`closed: ${error?.message}`),
    onSendError: ({ message }) => told.push(`not sent: ${message}`),
    onIcmp: ({ error }) => told.push(`icmp: ${error}`),
  };
  return { intervals, told, listener };
}
