import { UDP_HEADERS_BYTES } from '@pathgauge/protocol';

/** RFC 791: every link takes packets of so many bytes. Who says less says nothing. */
export const MIN_MTU_BYTES = 68;

/** The headers of a UDP datagram to `address`, in bytes. */
export const headersOf = (address: string): number => UDP_HEADERS_BYTES[address.includes(':') ? 6 : 4];
