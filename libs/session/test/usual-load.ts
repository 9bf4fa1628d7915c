import { milliseconds, seconds } from '@pathgauge/units';
import type { LoadOptions } from '../src/load/plan/load-options';
import { ALL_METRICS } from '../src/metric-switches';

/** A load over TCP, as tests have it: a record of 1000 bytes each 100 ms, for 2 s. */
export const usualLoad = (host: string, port: number): LoadOptions => ({
  protocol: 'tcp',
  host,
  port,
  family: undefined,
  bind: undefined,
  ttl: undefined,
  dscp: undefined,
  dontFragment: false,
  length: 1000,
  spacing: milliseconds(100),
  duration: seconds(2),
  reverse: false,
  reportInterval: seconds(1),
  metrics: ALL_METRICS,
});
