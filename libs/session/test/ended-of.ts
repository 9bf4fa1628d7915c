import type { Sender } from '../src/load/streams/sender';

/** When a sender has ended. */
export const endedOf = (sender: Sender): Promise<void> => new Promise((resolve) => sender.onEnded(resolve));

/** The same of one that is stopped now. */
export function stopped(sender: Sender): Promise<void> {
  sender.stop(false);
  return endedOf(sender);
}
