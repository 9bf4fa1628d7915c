import * as v from 'valibot';
import { type LoadResult, type LoadResultJson, LoadResultSchema } from './load-result';
import { type PingResult, type PingResultJson, PingResultSchema } from './ping-result';
import { HEAD } from './run';
import { fields, variants } from './schema';

export const NoRunResultSchema = fields({
  ...HEAD,
  kind: v.pipe(
    v.null(),
    v.transform(() => undefined),
  ),
});

/** The document of a program that came to no run: its command line could not be read, or a server cannot serve. */
export interface NoRunResult extends v.InferOutput<typeof NoRunResultSchema> {}

/** The document of a run, which may have failed. */
export type RunResult = PingResult | LoadResult;

/**
 * The one document that every output is made from, by kind. What is not known is `null` in JSON and absent in code, never 0.
 * Units are in the names; all times are spans of nanoseconds unless they say otherwise.
 */
export type Result = RunResult | NoRunResult;

/** The document as JSON has it. */
export type ResultJson = PingResultJson | LoadResultJson | v.InferInput<typeof NoRunResultSchema>;

export const ResultSchema: v.GenericSchema<ResultJson, Result> = variants(
  'kind',
  PingResultSchema,
  LoadResultSchema,
  NoRunResultSchema,
);
