import type { IcmpMessage } from '../icmp';
import { AF_INET, AF_INET6, EMSGSIZE, ORIGIN } from './abi';
import type { Memory } from './memory';
import { readAddress } from './socket-address';
import type { Native } from './system-calls';

// struct sock_extended_err, with the address of who has sent the ICMP message behind it.
const ERROR_ORIGIN = 4;
const ERROR_TYPE = 5;
const ERROR_CODE = 6;
const ERROR_INFO = 8;
const OFFENDER = 16;

/** The system error that stands at `at`. */
export const errorNumberAt = (memory: Memory, at: number): number => memory.u32(at);

/** Who put it there: one of `ORIGIN`. */
export const originAt = (memory: Memory, at: number): number => memory.bytes[at + ERROR_ORIGIN] as number;

/** What it means depends on the origin: the moment of a stamp, or what would have fitted. */
export const infoAt = (memory: Memory, at: number): number => memory.u32(at + ERROR_INFO);

/** The ICMP message that it is about. */
export function icmpMessageAt(memory: Memory, at: number, native: Native): IcmpMessage {
  const mtu = errorNumberAt(memory, at) === EMSGSIZE ? infoAt(memory, at) : 0;
  const family = memory.u16(at + OFFENDER);
  const isKnown = family === AF_INET || family === AF_INET6;
  return {
    version: originAt(memory, at) === ORIGIN.icmp ? 4 : 6,
    type: memory.bytes[at + ERROR_TYPE] as number,
    code: memory.bytes[at + ERROR_CODE] as number,
    from: isKnown ? readAddress(memory, at + OFFENDER, native).address : undefined,
    // Old routers do not say what fits (RFC 1191 section 3).
    mtuBytes: mtu === 0 ? undefined : mtu,
  };
}
