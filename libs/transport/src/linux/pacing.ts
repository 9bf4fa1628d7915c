import { SO_MAX_PACING_RATE, SOL_SOCKET } from './abi';
import { Memory } from './memory';
import type { Native } from './system-calls';

const MAX_RATE = 2 ** 53 - 1;

/** Has the system send no faster: TCP by itself, datagrams only where the queue of the interface is fq. */
export function limitRate(native: Native, fd: number, bytesPerSecond: number): void {
  const rate = new Memory(native, 8);
  rate.setU64(0, Math.min(Math.ceil(bytesPerSecond), MAX_RATE));
  native.calls.setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, rate.address, 8);
}
