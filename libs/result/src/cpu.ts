import type { InferOutput } from 'valibot';
import { fields, number, orUnknown } from './schema';

export const CpuUseSchema = fields({
  /** Of one processor, while the load lasted: 100 is one that did nothing else, so it may be more. */
  percent: number,
  userPercent: number,
  systemPercent: number,
});

/** What the process of one end took of its host's processors: all that it did, so other tests of a server as well. */
export interface CpuUse extends InferOutput<typeof CpuUseSchema> {}

export const CpuSchema = fields({
  /** Of the end that tells. */
  local: orUnknown(CpuUseSchema),
  /** Of the other end, as it says. */
  remote: orUnknown(CpuUseSchema),
});

export interface Cpu extends InferOutput<typeof CpuSchema> {}
