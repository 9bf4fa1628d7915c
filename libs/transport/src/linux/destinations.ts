import { IP_PKTINFO, IPV6_PKTINFO, SOL_IP, SOL_IPV6 } from './abi';
import type { Memory } from './memory';
import { BATCH, type MessageVector } from './message-vector';
import { scopedText } from './socket-address';
import type { Native } from './system-calls';

// Of each datagram: 0, 4 or 6 for nothing known, IPv4 or IPv6; the interface of an address that is link-local, else 0; the
// address, IPv4 in the first of its four words.
const WORDS = 6;
const INDEX = 1;
const ADDRESS = 2;
// struct in_pktinfo: index, own address, address in the header. struct in6_pktinfo: address, index.
const INFO_BYTES = 12;
const INFO6_BYTES = 20;
const INFO_OWN = 4;
const INFO6_INDEX = 16;
const MULTICAST = 0xff;
const V4_MAPPED_WORD = 0xffff_0000;

/** Which of this host's addresses each datagram of a batch came to, on a socket that is bound to all of them. */
export class Destinations {
  readonly #native: Native;
  readonly #words = new Uint32Array(BATCH * WORDS);

  constructor(native: Native) {
    this.#native = native;
  }

  /** A new batch: nothing is known. */
  clear(): void {
    this.#words.fill(0);
  }

  /** Takes the `IP_PKTINFO` at `from`. Its own address is one of this host's, also where the datagram went to many. */
  take4(i: number, memory: Memory, from: number): void {
    const own = memory.u32(from + INFO_OWN);
    if (own === 0) return;
    this.#words[i * WORDS] = 4;
    this.#words[i * WORDS + ADDRESS] = own;
  }

  /** Takes the `IPV6_PKTINFO` at `from`. Of IPv4 there is an `IP_PKTINFO`; nothing can be sent from a group's address. */
  take6(i: number, memory: Memory, from: number): void {
    const first = memory.u32(from);
    const isMapped = first === 0 && memory.u32(from + 4) === 0 && memory.u32(from + 8) === V4_MAPPED_WORD;
    if (isMapped || (first & 0xff) === MULTICAST) return;
    const at = i * WORDS;
    this.#words[at] = 6;
    this.#words[at + INDEX] = isLinkLocal(first) ? memory.u32(from + INFO6_INDEX) : 0;
    for (let word = 0; word < 4; word++) this.#words[at + ADDRESS + word] = memory.u32(from + 4 * word);
  }

  /** Has message `message` leave from the address that datagram `i` came to. Where that is not known the system picks. */
  answerFrom(i: number, messages: MessageVector, message: number): void {
    const at = i * WORDS;
    const family = this.#words[at];
    if (family === 0) return;
    const { memory } = messages;
    if (family === 4) {
      const data = messages.roomForControl(message, SOL_IP, IP_PKTINFO, INFO_BYTES);
      memory.setU32(data, 0);
      memory.setU32(data + INFO_OWN, this.#words[at + ADDRESS] as number);
      memory.setU32(data + 2 * INFO_OWN, 0);
      return;
    }
    const data = messages.roomForControl(message, SOL_IPV6, IPV6_PKTINFO, INFO6_BYTES);
    for (let word = 0; word < 4; word++) memory.setU32(data + 4 * word, this.#words[at + ADDRESS + word] as number);
    memory.setU32(data + INFO6_INDEX, this.#words[at + INDEX] as number);
  }

  /** Something of the address, to look it up by. */
  hash(i: number): number {
    return (this.#words[i * WORDS + ADDRESS] as number) ^ (this.#words[i * WORDS + ADDRESS + 3] as number);
  }

  copy(i: number): Uint32Array {
    return this.#words.slice(i * WORDS, (i + 1) * WORDS);
  }

  isCopy(words: Uint32Array, i: number): boolean {
    const at = i * WORDS;
    if (this.#words[at] !== words[0] || this.#words[at + ADDRESS] !== words[ADDRESS]) return false;
    // Of IPv4 that is all there is.
    if (words[0] !== 6) return true;
    for (let word = 1; word < WORDS; word++) if (this.#words[at + word] !== words[word]) return false;
    return true;
  }

  text(i: number): string | undefined {
    const at = i * WORDS;
    const bytes = new Uint8Array(this.#words.buffer, 4 * (at + ADDRESS), 16);
    if (this.#words[at] === 4) return bytes.subarray(0, 4).join('.');
    return this.#words[at] === 6 ? scopedText(bytes, this.#words[at + INDEX] as number, this.#native) : undefined;
  }
}

/** fe80::/10, by the first four bytes as a little-endian host reads them. */
const isLinkLocal = (first: number): boolean => (first & 0xff) === 0xfe && ((first >>> 8) & 0xc0) === 0x80;
