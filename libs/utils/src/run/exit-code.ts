import { INTERRUPTED, NOT_ALL_SENT, type Result } from '@pathgauge/result';

export const EXIT = { measured: 0, failed: 1, usage: 2 } as const;

/** How a run may fall short of what was asked for and still be a measurement: nobody else has cut it short. */
const MEASURED_ALL_THE_SAME: ReadonlySet<string> = new Set([INTERRUPTED, NOT_ALL_SENT]);

/** 0 when something was measured to the end, or as far as this host and its user let it; 1 when cut short otherwise, or nothing came. */
export function exitCodeOf(result: Result): number {
  const received =
    result.kind === 'ping'
      ? (result.probes?.received ?? 0) > 0
      : (result.streams ?? []).some(({ bytes }) => bytes !== undefined && bytes > 0);
  const isMeasured = result.complete || MEASURED_ALL_THE_SAME.has(result.reason ?? '');
  return received && isMeasured ? EXIT.measured : EXIT.failed;
}
