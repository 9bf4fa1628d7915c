import { NS_PER_S, type Span } from './time';

declare const unit: unique symbol;

/** Bits a second; kilo is 1000. */
export type BitRate = number & { readonly [unit]: 'bit rate' };

export const bitsPerSecond = (value: number): BitRate => value as BitRate;

/** What `bytes` in `duration` comes to. Undefined when no time has passed. */
export const rateOf = (bytes: number, duration: Span): BitRate | undefined =>
  duration > 0 ? bitsPerSecond((bytes * 8 * NS_PER_S) / duration) : undefined;

/** The spacing at which messages of `bytes` come to `rate`. */
export const spacingOf = (bytes: number, rate: BitRate): Span => ((bytes * 8 * NS_PER_S) / rate) as Span;
