/** How much all streams of a direction send, to the byte, but for a last message that would be shorter than its header. */
export interface LoadAmount {
  readonly bytes: number;
}

/** What one stream sends of an amount. */
interface AmountShare {
  readonly planned: number;
  /** Bytes of the last of its messages. */
  readonly lastLength: number;
}

/**
 * Whole messages are shared evenly, and the first streams have the rest of them. What is left of a message is the last one of the
 * last stream that has as many as the first.
 */
export function shareOfAmount(
  { bytes }: LoadAmount,
  streams: number,
  index: number,
  length: number,
  min: number,
): AmountShare {
  const messages = Math.ceil(bytes / length);
  const rest = messages % streams;
  const planned = Math.floor(messages / streams) + (index < rest ? 1 : 0);
  const hasLast = index === (rest === 0 ? streams : rest) - 1;
  const lastLength = hasLast ? Math.max(bytes - (messages - 1) * length, Math.min(min, length)) : length;
  return { planned, lastLength };
}
