import {
  emptySenderPacket,
  REFLECTOR_PACKET,
  type Reflection,
  readSenderPacket,
  reflectInPlace,
  reflectTlvs,
  type TlvFacts,
  UNKNOWN_HOP_LIMIT,
} from '@pathgauge/protocol';
import type { Clock, Endpoint } from '@pathgauge/transport';
import { elapsed, type Instant, type Span, seconds, WallMap, type WallTime } from '@pathgauge/units';
import { errorEstimateOf } from '../clock-claim';

/** A session is forgotten after this long without a probe: REFWAIT of RFC 5357 section 3.1. */
const FORGET_AFTER: Span = seconds(900);
// A bound on memory against made-up source addresses: about 20 MB.
const MOST_SESSIONS = 65_536;
/** More own addresses than any host has; where it receives for a whole network, made-up ones must not fill the memory. */
const MAX_OWN_ADDRESSES = 65_536;
/** Replies whose send stamps may still come: they come at once, so a few batches of them are enough. */
const MOST_AWAITED = 256;
/** What tells one reply from another: its number and when it was sent. */
const IDENTITY_BYTES = REFLECTOR_PACKET.offset.errorEstimate;

interface Session {
  /** Replies sent: the reflector's own sequence number. */
  replies: number;
  /** Which of them is the latest whose exact send instant is known, and that instant as wall time. */
  readonly latestExact: { sequence: number; readonly transmit: WallTime };
  lastSeen: Instant;
  readonly wall: WallMap;
  readonly errorEstimate: number;
}

/** A reply whose send stamp may still come. */
interface Awaited {
  session: Session | undefined;
  sequence: number;
  length: number;
  readonly identity: Uint8Array;
}

/** How a reply is to be sent. */
export interface ReplyMarking {
  /** Undefined: with nothing of its own. */
  dscp: number | undefined;
}

/**
 * A stateful STAMP Session-Reflector (RFC 8762 section 4.3): it counts for itself in each session (addresses, port, SSID),
 * so that a sender can tell on which way a probe was lost. It answers what it got with as many bytes, never more.
 */
export class Reflector {
  readonly #clock: Clock;
  readonly #request = emptySenderPacket();
  readonly #reflection: Reflection = {
    sequence: 0,
    transmit: { seconds: 0, nanoseconds: 0 },
    receive: { seconds: 0, nanoseconds: 0 },
    errorEstimate: 0,
    ttl: UNKNOWN_HOP_LIMIT,
  };
  readonly #facts: TlvFacts = { trafficClass: undefined, followUp: undefined, format: 'ntp' };
  readonly #reply: ReplyMarking = { dscp: undefined };
  /** The latest replies, in a ring: whose they are, and how to know them again. */
  readonly #awaited: Awaited[] = Array.from({ length: MOST_AWAITED }, () => ({
    session: undefined,
    sequence: 0,
    length: 0,
    identity: new Uint8Array(IDENTITY_BYTES),
  }));
  #oldestAwaited = 0;
  #nextAwaited = 0;
  /** By address, then by port, SSID and own address in one number: no string is built per packet. */
  readonly #sessions = new Map<string, Map<number, Session>>();
  readonly #ownAddresses = new OwnAddresses();
  readonly #onSession: (source: Endpoint) => void;
  #open = 0;
  #opened = 0;
  #answered = 0;

  /** `onSession` hears of each session that begins. */
  constructor(clock: Clock, onSession: (source: Endpoint) => void) {
    this.#clock = clock;
    this.#onSession = onSession;
  }

  /** Sessions seen so far. */
  get sessions(): number {
    return this.#opened;
  }

  get answered(): number {
    return this.#answered;
  }

  /**
   * Turns a request into its reply, in place. `hopLimit` and `trafficClass` are those that it arrived with, undefined where
   * the system does not tell; `destination` is the address of this host that it came to. Undefined when the datagram is no request: it is then left as it is.
   */
  reflect(
    bytes: Uint8Array,
    source: Endpoint,
    arrival: Instant,
    hopLimit?: number,
    trafficClass?: number,
    destination?: string,
  ): ReplyMarking | undefined {
    if (readSenderPacket(bytes, this.#request) !== undefined) return undefined;
    const session = this.#sessionOf(source, destination, this.#request.ssid, arrival);
    session.lastSeen = arrival;
    const sequence = session.replies++ % 2 ** 32;
    const reflection = this.#reflection;
    reflection.sequence = sequence;
    reflection.errorEstimate = session.errorEstimate;
    reflection.ttl = hopLimit ?? UNKNOWN_HOP_LIMIT;
    const { latestExact } = session;
    this.#facts.trafficClass = trafficClass;
    this.#facts.followUp = latestExact.sequence === (sequence - 1) >>> 0 ? latestExact : undefined;
    this.#reply.dscp = reflectTlvs(bytes, REFLECTOR_PACKET.size, this.#facts);
    session.wall.toWall(arrival, reflection.receive);
    session.wall.toWall(this.#clock.now(), reflection.transmit);
    reflectInPlace(bytes, reflection);
    this.#await(session, sequence, bytes);
    this.#answered++;
    return this.#reply;
  }

  /** A reply left at `at`: the last bytes of `looped`. Its sender is told with the next one. */
  noteSent(looped: Uint8Array, at: Instant): void {
    // Stamps come in the order of the replies, though not for all of them.
    for (let place = this.#oldestAwaited; place < this.#nextAwaited; place++) {
      const { session, sequence, length, identity } = this.#awaited[place % MOST_AWAITED] as Awaited;
      const from = looped.length - length;
      if (session === undefined || !identity.every((byte, i) => looped[from + i] === byte)) continue;
      session.latestExact.sequence = sequence;
      session.wall.toWall(at, session.latestExact.transmit);
      this.#oldestAwaited = place + 1;
      return;
    }
  }

  #await(session: Session, sequence: number, reply: Uint8Array): void {
    const awaited = this.#awaited[this.#nextAwaited++ % MOST_AWAITED] as Awaited;
    awaited.session = session;
    awaited.sequence = sequence;
    awaited.length = reply.length;
    for (let i = 0; i < IDENTITY_BYTES; i++) awaited.identity[i] = reply[i] as number;
    this.#oldestAwaited = Math.max(this.#oldestAwaited, this.#nextAwaited - MOST_AWAITED);
  }

  /** Forgets sessions that have been silent for long. */
  forgetIdle(now: Instant): void {
    for (const [address, ofAddress] of this.#sessions) {
      for (const [key, session] of ofAddress) {
        if (elapsed(session.lastSeen, now) > FORGET_AFTER) this.#forget(address, key);
      }
    }
  }

  #sessionOf(source: Endpoint, destination: string | undefined, ssid: number, arrival: Instant): Session {
    const key = (this.#ownAddresses.numberOf(destination) * 65_536 + source.port) * 65_536 + ssid;
    return this.#sessions.get(source.address)?.get(key) ?? this.#openSession(source, key, arrival);
  }

  #openSession(source: Endpoint, key: number, arrival: Instant): Session {
    if (this.#open >= MOST_SESSIONS) this.#forgetOne();
    const anchor = this.#clock.anchor();
    const session: Session = {
      replies: 0,
      latestExact: { sequence: -1, transmit: { seconds: 0, nanoseconds: 0 } },
      lastSeen: arrival,
      wall: new WallMap(anchor),
      errorEstimate: errorEstimateOf(anchor, 'ntp'),
    };
    let ofAddress = this.#sessions.get(source.address);
    if (ofAddress === undefined) this.#sessions.set(source.address, (ofAddress = new Map()));
    ofAddress.set(key, session);
    this.#open++;
    this.#opened++;
    this.#onSession(source);
    return session;
  }

  /** The first session of the address that came first. */
  #forgetOne(): void {
    for (const [address, ofAddress] of this.#sessions) {
      for (const key of ofAddress.keys()) {
        this.#forget(address, key);
        return;
      }
    }
  }

  #forget(address: string, key: number): void {
    const ofAddress = this.#sessions.get(address);
    if (ofAddress?.delete(key)) this.#open--;
    if (ofAddress?.size === 0) this.#sessions.delete(address);
  }
}

/** Numbers below 2^21, one for each of this host's addresses. */
class OwnAddresses {
  readonly #numbers = new Map<string, number>();
  #next = 1;
  #latest: string | undefined;
  #latestNumber = 0;

  /** 0 where the address is not known. */
  numberOf(address: string | undefined): number {
    if (address === this.#latest) return this.#latestNumber;
    this.#latest = address;
    this.#latestNumber = address === undefined ? 0 : (this.#numbers.get(address) ?? this.#add(address));
    return this.#latestNumber;
  }

  #add(address: string): number {
    if (this.#numbers.size === MAX_OWN_ADDRESSES) this.#numbers.clear();
    const number = this.#next;
    this.#next = (this.#next % (2 ** 21 - 1)) + 1;
    this.#numbers.set(address, number);
    return number;
  }
}
