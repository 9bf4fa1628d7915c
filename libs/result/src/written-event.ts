import type * as v from 'valibot';
import { variants } from './schema';
import { ClientEventSchema, ListeningEventSchema, StoppedEventSchema } from './server-events';
import { ErrorEventSchema, WRITTEN_OF_SESSION } from './session-events';

/** A line of `--json-stream`, of a client or of a server. */
export const WrittenEventSchema = variants(
  'type',
  ...WRITTEN_OF_SESSION,
  ErrorEventSchema,
  ListeningEventSchema,
  ClientEventSchema,
  StoppedEventSchema,
);

export type WrittenEvent = v.InferOutput<typeof WrittenEventSchema>;

/** The event as JSON has it. */
export type EventJson = v.InferInput<typeof WrittenEventSchema>;
