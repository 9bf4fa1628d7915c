import { EINVAL, EIO, EMSGSIZE, SOL_UDP, UDP_SEGMENT } from './abi';
import type { MessageVector } from './message-vector';

/** The largest UDP payload that fits an IPv4 packet. */
export const MAX_PAYLOAD_BYTES = 65_507;
const SEGMENT_BYTES = 2;

/** How many datagrams of so many bytes one send may be cut into, where the system cuts into `most`. */
export const segmentsOf = (length: number, most: number): number =>
  Math.max(1, Math.min(most, Math.floor(MAX_PAYLOAD_BYTES / length)));

/** Has the system cut message `i` into datagrams of so many bytes. */
export const askToCut = (messages: MessageVector, i: number, length: number): void =>
  messages.addControl(i, SOL_UDP, UDP_SEGMENT, length, SEGMENT_BYTES);

/** Whether a send failed because the system, this device or the path does not cut sends into datagrams of the size asked for. */
export const cannotBeCut = (result: number): boolean => result === -EINVAL || result === -EMSGSIZE || result === -EIO;
