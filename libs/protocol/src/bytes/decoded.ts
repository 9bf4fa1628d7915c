/** Why some bytes are not what was expected. A value, never thrown: hostile input is counted. */
type DecodeFailure =
  | { readonly code: 'short-buffer'; readonly neededBytes: number; readonly gotBytes: number }
  | { readonly code: 'invalid'; readonly field: string; readonly problem: string };

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: DecodeFailure };

export const decoded = <T>(value: T): Decoded<T> => ({ ok: true, value });

export const shortBuffer = (neededBytes: number, gotBytes: number): { ok: false; failure: DecodeFailure } => ({
  ok: false,
  failure: { code: 'short-buffer', neededBytes, gotBytes },
});

export const invalid = (field: string, problem: string): { ok: false; failure: DecodeFailure } => ({
  ok: false,
  failure: { code: 'invalid', field, problem },
});

/** A failure in words. */
export const describeFailure = (failure: DecodeFailure): string =>
  failure.code === 'short-buffer'
    ? `${failure.gotBytes} bytes where ${failure.neededBytes} are needed`
    : `${failure.field} ${failure.problem}`;
