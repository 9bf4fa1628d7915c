import type { RoleHandle } from '@pathgauge/transport';
import type { StreamOrder, StreamWord } from '../src/load/streams/stream-messages';
import { deferred, handledElsewhere } from '../src/promises';

/** A role of a stream that says what a test has it say, and keeps its orders. */
export function scriptedRole() {
  const orders: StreamOrder[] = [];
  const ended = deferred();
  let handler: (word: StreamWord) => void = () => {};
  const handle: RoleHandle<StreamOrder, StreamWord> = {
    post: (order) => void orders.push(order),
    onMessage: (onWord) => void (handler = onWord),
    ended: handledElsewhere(ended.promise),
  };
  return { handle, orders, say: (word: StreamWord) => handler(word), end: ended.resolve, fail: ended.reject };
}
