import { INTERRUPTED, type Result } from '@pathgauge/result';

export const EXIT = { measured: 0, failed: 1, usage: 2 } as const;

/** 0 when something was measured to the end, or until the user stopped it; 1 when cut short otherwise, or nothing came. */
export function exitCodeOf(result: Result): number {
  const received =
    result.kind === 'ping'
      ? (result.probes?.received ?? 0) > 0
      : (result.streams ?? []).some(({ bytes }) => bytes !== undefined && bytes > 0);
  const stoppedByUser = result.reason === INTERRUPTED;
  return received && (result.complete || stoppedByUser) ? EXIT.measured : EXIT.failed;
}
