import type { InferOutput } from 'valibot';
import { anything, fields, orUnknown, text } from './schema';

export const ServerOutputSchema = fields({
  /** What the server has printed for people. */
  text: orUnknown(text),
  /** What it has printed for programs, as it came: in the schema of that server. */
  json: orUnknown(anything),
});

/** What the server says of the test, where it was asked to. */
export interface ServerOutput extends InferOutput<typeof ServerOutputSchema> {}
