import { SO_RCVBUF, SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE } from './abi';

/** The system doubles it and keeps it in 31 bits. */
const MAX_BYTES = 2 ** 30 - 1;

/**
 * Asks for `bytes` of room for what is sent, and for what has come and is not read yet: beyond the system's limit with the right
 * to it, up to the limit without. `set` sets an option of the socket; whether the system took it.
 */
export function askForRoom(bytes: number, set: (option: number, value: number) => boolean): void {
  const value = Math.min(bytes, MAX_BYTES);
  if (!set(SO_RCVBUFFORCE, value)) set(SO_RCVBUF, value);
  if (!set(SO_SNDBUFFORCE, value)) set(SO_SNDBUF, value);
}
