import { milliseconds, seconds, span } from '@pathgauge/units';
import type { LoadOptions } from '../src/load/plan/load-options';
import { PLAIN_SOCKETS } from '../src/load/plan/socket-plan';
import { ALL_METRICS } from '../src/metric-switches';
import { usualTarget } from './usual-target';

/** A load over TCP, as tests have it: a record of 1000 bytes each 100 ms, for 2 s. */
export const usualLoad = (host: string, port: number): LoadOptions => ({
  protocol: 'tcp',
  ...usualTarget(host, port),
  directions: ['up'],
  parallel: 1,
  length: 1000,
  spacing: milliseconds(100),
  burst: 1,
  amount: undefined,
  omit: span(0),
  duration: seconds(2),
  sockets: PLAIN_SOCKETS,
  reportInterval: seconds(1),
  waitBusy: undefined,
  getServerOutput: false,
  authToken: undefined,
  metrics: ALL_METRICS,
});
