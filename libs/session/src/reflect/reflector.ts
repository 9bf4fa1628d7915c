import {
  emptySenderPacket,
  givesBackTime,
  REFLECTOR_PACKET,
  type Reflection,
  readSenderPacket,
  reflectInPlace,
  reflectTlvs,
  type SenderPacket,
  type SenderPacketFault,
  type TlvFacts,
  UNKNOWN_HOP_LIMIT,
} from '@pathgauge/protocol';
import type { Clock, Endpoint } from '@pathgauge/transport';
import { type Instant, type Span, seconds, WallMap, type WallTime } from '@pathgauge/units';
import { errorEstimateOf } from '../clock-claim';
import { SessionTable } from './session-table';

/** A session is forgotten after this long without a probe: REFWAIT of RFC 5357 section 3.1. */
const FORGET_AFTER: Span = seconds(900);
/** Replies whose send stamps may still come: they come at once, so a few batches of them are enough. */
const MAX_AWAITED = 256;
/** What tells one reply from another: its number and when it was sent. */
const IDENTITY_BYTES = REFLECTOR_PACKET.offset.errorEstimate;
/** From here on a number is closer to wrapping than to having begun. */
const HIGH_NUMBER = 2 ** 31;

interface Session {
  /** Replies sent: the reflector's own sequence number. */
  replies: number;
  /** Which of them is the latest whose exact send instant is known, and that instant as wall time. */
  readonly latestExact: { sequence: number; readonly transmit: WallTime };
  /** T1 of the sender's number 0, or of what came first where that was another. */
  readonly began: WallTime;
  /** The sender's numbers may wrap: 0 comes again in the same session. */
  mayWrap: boolean;
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
interface ReplyMarking {
  /** Undefined: with nothing of its own. */
  dscp: number | undefined;
}

/**
 * A stateful STAMP Session-Reflector (RFC 8762 section 4.3): it counts for itself in each session (addresses, port, SSID),
 * so that a sender can tell on which way a probe was lost. Number 0 with a newer T1 than the one before begins a session anew.
 * It answers what it got with as many bytes, never more, and never what answers a reply.
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
  readonly #awaited: Awaited[] = Array.from({ length: MAX_AWAITED }, () => ({
    session: undefined,
    sequence: 0,
    length: 0,
    identity: new Uint8Array(IDENTITY_BYTES),
  }));
  #oldestAwaited = 0;
  #nextAwaited = 0;
  readonly #sessions = new SessionTable<Session>();
  readonly #onSession: (source: Endpoint) => void;
  /** Of the session that began last. */
  #wall: WallMap;
  #opened = 0;
  #answered = 0;

  /** `onSession` hears of each session that begins. */
  constructor(clock: Clock, onSession: (source: Endpoint) => void) {
    this.#clock = clock;
    this.#onSession = onSession;
    this.#wall = new WallMap(clock.anchor());
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
   * the system does not tell; `destination` is the address of this host that it came to. Returns what keeps the datagram from being a
   * request, where it is none: it is then left as it is.
   */
  reflect(
    bytes: Uint8Array,
    source: Endpoint,
    arrival: Instant,
    hopLimit?: number,
    trafficClass?: number,
    destination?: string,
  ): ReplyMarking | SenderPacketFault {
    const request = this.#request;
    const fault = readSenderPacket(bytes, request);
    if (fault !== undefined) return fault;
    const session = this.#sessionOf(bytes, source, destination, arrival);
    if (session === undefined) return 'reply';
    session.mayWrap ||= request.sequence >= HIGH_NUMBER;
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
      const { session, sequence, length, identity } = this.#awaited[place % MAX_AWAITED] as Awaited;
      const from = looped.length - length;
      if (session === undefined || !identity.every((byte, i) => looped[from + i] === byte)) continue;
      session.latestExact.sequence = sequence;
      session.wall.toWall(at, session.latestExact.transmit);
      this.#oldestAwaited = place + 1;
      return;
    }
  }

  #await(session: Session, sequence: number, reply: Uint8Array): void {
    const awaited = this.#awaited[this.#nextAwaited++ % MAX_AWAITED] as Awaited;
    awaited.session = session;
    awaited.sequence = sequence;
    awaited.length = reply.length;
    for (let i = 0; i < IDENTITY_BYTES; i++) awaited.identity[i] = reply[i] as number;
    this.#oldestAwaited = Math.max(this.#oldestAwaited, this.#nextAwaited - MAX_AWAITED);
  }

  /** Forgets sessions that have been silent for long. */
  forgetIdle(now: Instant): void {
    this.#sessions.forgetIdle(now, FORGET_AFTER);
  }

  /** The session that the request in `bytes` belongs to; undefined when it answers a reply of ours. */
  #sessionOf(
    bytes: Uint8Array,
    source: Endpoint,
    destination: string | undefined,
    arrival: Instant,
  ): Session | undefined {
    const { ssid } = this.#request;
    const place = this.#sessions.find(source, destination, ssid);
    const now = this.#reflection.receive;
    (place?.state.wall ?? this.#wall).toWall(arrival, now);
    if (givesBackTime(bytes, now)) return undefined;
    if (place === undefined) {
      const session = this.#begin(source);
      this.#sessions.open(source, destination, ssid, arrival, session);
      return session;
    }
    this.#sessions.touch(place, arrival);
    if (beginsAnew(place.state, this.#request)) place.state = this.#begin(source);
    return place.state;
  }

  /** A session that begins with the request at hand. */
  #begin(source: Endpoint): Session {
    const anchor = this.#clock.anchor();
    this.#wall = new WallMap(anchor);
    this.#opened++;
    this.#onSession(source);
    return {
      replies: 0,
      latestExact: { sequence: -1, transmit: { seconds: 0, nanoseconds: 0 } },
      began: { ...this.#request.transmit },
      mayWrap: false,
      wall: this.#wall,
      errorEstimate: errorEstimateOf(anchor, 'ntp'),
    };
  }
}

/** A copy of number 0 has the same T1; one that was held up on the way, or is played back, an older one. */
const beginsAnew = ({ began, mayWrap }: Session, { sequence, transmit }: SenderPacket): boolean =>
  sequence === 0 && !mayWrap && isLater(transmit, began);

/** Seconds are told modulo 2^32. */
function isLater(time: WallTime, than: WallTime): boolean {
  const seconds = (time.seconds - than.seconds) | 0;
  return seconds > 0 || (seconds === 0 && time.nanoseconds > than.nanoseconds);
}
