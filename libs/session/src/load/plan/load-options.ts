import type { Span } from '@pathgauge/units';
import type { MetricSwitches } from '../../metric-switches';
import type { Target } from '../../reach/target';
import type { LoadShape } from './load-shape';

/** What a load test is to do. */
export interface LoadOptions extends Target, LoadShape {
  /** Behind what is omitted; undefined: the amount decides. */
  readonly duration: Span | undefined;
  readonly reportInterval: Span;
  /** How long a busy server is asked again; undefined: once. */
  readonly waitBusy: Span | undefined;
  /** The server's own account is asked for. */
  readonly getServerOutput: boolean;
  /** Who asks, for a server that serves not everyone: made when it is sent, since it bears the time. */
  readonly authToken: (() => string) | undefined;
  readonly metrics: MetricSwitches;
}
