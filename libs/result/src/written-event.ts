import type * as v from 'valibot';
import { variants } from './schema';
import {
  type ClientEvent,
  ClientEventSchema,
  type ListeningEvent,
  ListeningEventSchema,
  type StoppedEvent,
  StoppedEventSchema,
} from './server-events';
import { type ErrorEvent, ErrorEventSchema, WRITTEN_OF_SESSION, type WrittenSessionEvent } from './session-events';

/** A line of `--json-stream`, of a client or of a server. */
export type WrittenEvent = WrittenSessionEvent | ErrorEvent | ListeningEvent | ClientEvent | StoppedEvent;

export const WrittenEventSchema = variants(
  'type',
  ...WRITTEN_OF_SESSION,
  ErrorEventSchema,
  ListeningEventSchema,
  ClientEventSchema,
  StoppedEventSchema,
);

/** The event as JSON has it. */
export type EventJson = v.InferInput<typeof WrittenEventSchema>;
