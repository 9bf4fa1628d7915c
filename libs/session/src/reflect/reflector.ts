import {
  emptySenderPacket,
  encodeErrorEstimate,
  markReflectedTlvs,
  REFLECTOR_PACKET,
  type Reflection,
  readSenderPacket,
  reflectInPlace,
} from '@pathgauge/protocol';
import type { Clock, Endpoint } from '@pathgauge/transport';
import { elapsed, type Instant, type Span, seconds, WallMap } from '@pathgauge/units';

/** A session is forgotten after this long without a probe: REFWAIT of RFC 5357 section 3.1. */
const FORGET_AFTER: Span = seconds(900);
// A bound on memory against made-up source addresses: about 20 MB.
const MOST_SESSIONS = 65_536;
/** The hop limit is not told to this process; 255 is what a sender reads as "not known". */
const UNKNOWN_TTL = 255;

interface Session {
  /** Replies sent: the reflector's own sequence number. */
  replies: number;
  lastSeen: Instant;
  readonly wall: WallMap;
  readonly errorEstimate: number;
}

/**
 * A stateful STAMP Session-Reflector (RFC 8762 section 4.3): it counts for itself in each session (address, port, SSID),
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
    ttl: UNKNOWN_TTL,
  };
  /** By address, then by port and SSID in one number: no string is built per packet. */
  readonly #sessions = new Map<string, Map<number, Session>>();
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

  /** Turns a request into its reply, in place. False when the datagram is no request: it is then left as it is. */
  reflect(bytes: Uint8Array, source: Endpoint, arrival: Instant): boolean {
    if (readSenderPacket(bytes, this.#request) !== undefined) return false;
    const session = this.#sessionOf(source, this.#request.ssid, arrival);
    session.lastSeen = arrival;
    const reflection = this.#reflection;
    reflection.sequence = session.replies++ % 2 ** 32;
    reflection.errorEstimate = session.errorEstimate;
    markReflectedTlvs(bytes, REFLECTOR_PACKET.size);
    session.wall.toWall(arrival, reflection.receive);
    session.wall.toWall(this.#clock.now(), reflection.transmit);
    reflectInPlace(bytes, reflection);
    this.#answered++;
    return true;
  }

  /** Forgets sessions that have been silent for long. */
  forgetIdle(now: Instant): void {
    for (const [address, ofAddress] of this.#sessions) {
      for (const [key, session] of ofAddress) {
        if (elapsed(session.lastSeen, now) > FORGET_AFTER) this.#forget(address, key);
      }
    }
  }

  #sessionOf(source: Endpoint, ssid: number, arrival: Instant): Session {
    const key = source.port * 65_536 + ssid;
    return this.#sessions.get(source.address)?.get(key) ?? this.#openSession(source, key, arrival);
  }

  #openSession(source: Endpoint, key: number, arrival: Instant): Session {
    if (this.#open >= MOST_SESSIONS) this.#forgetOne();
    const anchor = this.#clock.anchor();
    const session: Session = {
      replies: 0,
      lastSeen: arrival,
      wall: new WallMap(anchor),
      errorEstimate: encodeErrorEstimate({ ...anchor, format: 'ntp' }),
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
