/** How much all streams of a direction send, to the byte, but for a last datagram that would be shorter than its header. */
export interface LoadAmount {
  readonly bytes: number;
}

/** What one stream sends of an amount. */
interface AmountShare {
  readonly planned: number;
  /** Bytes of the last of its messages. */
  readonly lastLength: number;
}

/** How long the messages are that an amount is made of: each but the last `length`, none shorter than `min`. */
interface AmountMessages {
  readonly length: number;
  readonly min: number;
  /** The last may be as long as this, to take in a rest that is too short for a message of its own. */
  readonly max: number;
}

/**
 * Whole messages are shared evenly, and the first streams have the rest of them. What is left of a message is the last one of the
 * last stream that has as many as the first.
 */
export function shareOfAmount(
  { bytes }: LoadAmount,
  streams: number,
  index: number,
  { length, min, max }: AmountMessages,
): AmountShare {
  const left = bytes % length;
  const isJoined = bytes > length && left > 0 && left < min && length + left <= max;
  const messages = isJoined ? Math.floor(bytes / length) : Math.ceil(bytes / length);
  const rest = messages % streams;
  const planned = Math.floor(messages / streams) + (index < rest ? 1 : 0);
  const hasLast = index === (rest === 0 ? streams : rest) - 1;
  const lastLength = hasLast ? Math.max(bytes - (messages - 1) * length, Math.min(min, length)) : length;
  return { planned, lastLength };
}
