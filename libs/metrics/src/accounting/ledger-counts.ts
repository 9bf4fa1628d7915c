import type { LossBursts } from '@pathgauge/result';
import type { DirectionCounts } from './reflector-count';
import type { ReorderCounts } from './reordering';

/** Reordered: answered after a probe that was sent later. Late replies are not counted there. */
export interface LedgerCounts extends DirectionCounts, ReorderCounts {
  readonly sent: number;
  readonly received: number;
  /** Not answered in time; includes `late`. lost = lostUp + lostDown + late where the direction is known. */
  readonly lost: number;
  readonly outstanding: number;
  /** Answered after the timeout. */
  readonly late: number;
  /** Further replies to a probe that had been answered. */
  readonly duplicates: number;
  /** Of the probes that are settled. */
  readonly lossBursts: LossBursts;
}
