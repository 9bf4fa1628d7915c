import type { Transport } from '@pathgauge/transport';
import { seconds } from '@pathgauge/units';
import type { LoadPlan } from '../src/load/plan/load-plan';
import { paceOfStream } from '../src/load/plan/stream-pace';
import type { StreamOptions } from '../src/load/streams/stream-options';
import { ALL_METRICS } from '../src/metric-switches';

/** The first stream of a load, as its sender has it, between ends that tell their wall time. */
export const usualStream = (
  { clock }: Pick<Transport, 'clock'>,
  plan: LoadPlan,
  options: Partial<StreamOptions> = {},
): StreamOptions => ({
  id: 1,
  plan,
  direction: plan.directions[0] ?? 'up',
  pace: paceOfStream(plan, 0),
  isSending: true,
  metrics: ALL_METRICS,
  anchor: clock.anchor(),
  peerBaseSeconds: 0,
  reportInterval: seconds(1),
  hangsUp: false,
  ...options,
});
