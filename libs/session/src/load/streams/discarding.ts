import type { Discard } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import type { ByteReceiver } from './byte-receiver';

/** Has the system throw away what `receiver` does not want. `onSkipped`: so many bytes came and were thrown away. */
export const discardOf = (
  receiver: Pick<ByteReceiver, 'unwanted' | 'wanted'>,
  onSkipped: (count: number, arrival: Instant) => void,
): Discard => ({
  get unwanted() {
    return receiver.unwanted;
  },
  get wanted() {
    return receiver.wanted;
  },
  skip: onSkipped,
});
