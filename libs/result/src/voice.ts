import type { InferOutput } from 'valibot';
import { fields, number, orUnknown, text } from './schema';

export const VoiceEstimateSchema = fields({
  /** Transmission rating R, at most 93.2. */
  rFactor: number,
  /** Mean opinion score, 1 to 4.5. */
  mos: number,
  /** The score at either end of the one-way delay's interval. */
  mosLow: number,
  mosHigh: number,
});

export interface VoiceEstimate extends InferOutput<typeof VoiceEstimateSchema> {}

export const VoiceQualitySchema = fields({
  /** What the estimate assumes, in words. */
  assumptions: text,
  up: orUnknown(VoiceEstimateSchema),
  down: orUnknown(VoiceEstimateSchema),
});

/** How a call in each direction would sound: an estimate by the E-model, ITU-T G.107. */
export interface VoiceQuality extends InferOutput<typeof VoiceQualitySchema> {}
