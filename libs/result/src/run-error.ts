import type { InferOutput } from 'valibot';
import { fields, oneOf, text } from './schema';

export const ErrorCodeSchema = oneOf(
  'address-in-use',
  'address-unavailable',
  'authentication',
  'busy',
  'connection-lost',
  'internal',
  'interrupted',
  'lookup-failed',
  'no-answer',
  'not-permitted',
  'not-supported',
  'out-of-resources',
  'output',
  'peer-figures',
  'protocol',
  'refused',
  'server-ended',
  'server-refused',
  'stopped',
  'timeout',
  'too-large',
  'unknown-host',
  'unreachable',
  'usage',
);

/** What can go wrong, by stable names: docs/result.md says what each means. */
export type ErrorCode = InferOutput<typeof ErrorCodeSchema>;

export const RUN_ERROR = {
  code: ErrorCodeSchema,
  /** One line for people. */
  message: text,
};

export const RunErrorSchema = fields({
  ...RUN_ERROR,
});

/** Why a run failed. */
export interface RunError extends InferOutput<typeof RunErrorSchema> {}
