import { failedResult, type Result } from '@pathgauge/result';

/** The document of a run of probes that came to its end, of which nothing is known. For specs only. */
export function nothingMeasured(frame: Pick<Result, 'peer' | 'transport' | 'settings'>): Result {
  const error = { code: 'internal', message: '' } as const;
  const failed = failedResult({ runner: 'udp-client', kind: 'ping', ...frame }, '2024-01-01T00:00:00.000Z', 1e9, error);
  return { ...failed, complete: true, reason: undefined, error: undefined };
}
