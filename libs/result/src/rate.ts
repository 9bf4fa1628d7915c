import type { InferOutput } from 'valibot';
import { count, fields, number, orUnknown } from './schema';

/** What is known of every rate. */
export const AMOUNT = {
  bytes: count,
  durationNs: number,
};

export const RATES = {
  bitsPerSecond: orUnknown(number),
  /** Records or datagrams; not known where the stream has no boundaries (a plain iperf3 peer over TCP). */
  messages: orUnknown(count),
  messagesPerSecond: orUnknown(number),
};

export const RateSchema = fields({
  ...AMOUNT,
  ...RATES,
});

export interface Rate extends InferOutput<typeof RateSchema> {}
