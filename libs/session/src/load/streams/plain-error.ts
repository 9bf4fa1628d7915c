import { codeOf } from '@pathgauge/transport';

/** An error as a message carries it: what a copy of one would lose is written out. */
export interface PlainError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  /** Where a datagram was too large: what would have gone. */
  readonly mtuBytes: number | undefined;
}

export const plainError = (error: Error): PlainError => ({
  name: error.name,
  message: error.message,
  code: codeOf(error),
  mtuBytes: (error as { mtuBytes?: number }).mtuBytes,
});

/** An error with what the message carried of it. */
export const errorFrom = ({ message, ...known }: PlainError): Error => Object.assign(new Error(message), known);
