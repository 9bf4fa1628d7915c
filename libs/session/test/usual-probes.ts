import { milliseconds } from '@pathgauge/units';
import { ALL_METRICS } from '../src/metric-switches';
import type { PingOptions } from '../src/ping/ping-options';
import { usualTarget } from './usual-target';

/** Ten probes to a port of `host`, a tenth of a second apart. For specs only. */
export const usualProbes = (host: string, port: number): PingOptions => ({
  ...usualTarget(host, port),
  dscp: undefined,
  dontFragment: false,
  schedule: { kind: 'even', burst: 1 },
  interval: milliseconds(100),
  count: 10,
  duration: undefined,
  length: 64,
  timeout: milliseconds(500),
  metrics: ALL_METRICS,
  roundTripEvents: false,
  probeEvents: true,
});
