import type { Endpoint } from '@pathgauge/transport';
import { randomBytes } from '../random';

/** From here on ports are a client's as a rule; below lie services that answer whatever comes (echo, chargen, DNS, NTP, TFTP). */
const FIRST_CLIENT_PORT = 1024;
/** A datagram that came from one source this often unchanged is dropped once. A loop consists of it, and ends with that. */
export const MAX_REPEATS = 16;
const SLOTS = 65_536;
/** What is looked at of a datagram. Probes differ in their first bytes. */
const MAX_COMPARED = 128;
const FNV_PRIME = 16_777_619;
/**
 * One in so many takes a slot from another. Two that fall into one slot by turns would else keep each other from being counted;
 * which of them stays is left to chance, so that nobody can arrange for neither to stay.
 */
const TAKES_ONE_IN = 16;

/** Why an echo does not send a datagram back. */
type LoopSign = 'service-port' | 'repeat';

/**
 * Keeps an echo from looping with another service, or with itself, over a datagram that was sent in that one's name
 * (CVE-2024-2169). It answers no port of a service, its own least of all; and since another echo may be at any port, nothing
 * that goes round and round. A probe is sent once, so that real ones are not hurt. Constant memory; no datagram but one that is
 * dropped here costs anything besides reading it.
 */
export class LoopGuard {
  readonly #ownPort: number;
  /** Not known to others, who might choose datagrams by it. */
  readonly #seed = new DataView(randomBytes(4).buffer).getUint32(0);
  #chance = this.#seed | 1;
  /** Of those that fall into a slot, the one that is counted, and how often it came. */
  readonly #counted = new Uint32Array(SLOTS);
  readonly #times = new Uint8Array(SLOTS);

  constructor(ownPort: number) {
    this.#ownPort = ownPort;
  }

  /** Undefined when the datagram may be sent back. */
  signOf(payload: Uint8Array, source: Endpoint): LoopSign | undefined {
    if (source.port < FIRST_CLIENT_PORT || source.port === this.#ownPort) return 'service-port';
    const hash = this.#hashOf(payload, source);
    const slot = hash % SLOTS;
    const times = this.#times[slot] as number;
    if (this.#counted[slot] === hash) {
      this.#times[slot] = times < MAX_REPEATS ? times + 1 : 0;
      return times < MAX_REPEATS ? undefined : 'repeat';
    }
    if (times === 0 || this.#takes()) {
      this.#counted[slot] = hash;
      this.#times[slot] = 1;
    }
    return undefined;
  }

  /** Xorshift, by Marsaglia: not to be foreseen by others without its seed. */
  #takes(): boolean {
    this.#chance ^= this.#chance << 13;
    this.#chance ^= this.#chance >>> 17;
    this.#chance ^= this.#chance << 5;
    return (this.#chance >>> 0) % TAKES_ONE_IN === 0;
  }

  /** FNV-1a over what tells datagrams apart. */
  #hashOf(payload: Uint8Array, { address, port }: Endpoint): number {
    let hash = mix(mix(this.#seed, port), payload.length);
    for (let i = 0; i < address.length; i++) hash = mix(hash, address.charCodeAt(i));
    const end = Math.min(payload.length, MAX_COMPARED);
    for (let i = 0; i < end; i++) hash = mix(hash, payload[i] as number);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
    return (hash ^ (hash >>> 13)) >>> 0;
  }
}

const mix = (hash: number, value: number): number => Math.imul(hash ^ value, FNV_PRIME);
