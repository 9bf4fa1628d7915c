import { ClockEngine, type ClockKnowledge, type Exchange, isPossible } from '@pathgauge/metrics';
import {
  CLOCK_PACKET_BYTES,
  decodeErrorEstimate,
  type ErrorEstimate,
  emptyReflectorPacket,
  type Reflection,
  readClockRequest,
  readReflectorPacket,
  reflectInPlace,
  type SenderPacket,
  STATE,
  writeClockRequest,
} from '@pathgauge/protocol';
import type { Clock } from '@pathgauge/transport';
import { after, type Instant, milliseconds, type PeerInstant, WallMap, type WallTime } from '@pathgauge/units';
import { clockClaim, errorEstimateOf } from '../../clock-claim';
import type { ControlChannel } from './control-channel';

/** How long a burst of exchanges may go on beginning new ones. */
const BURST = milliseconds(1_500);
/** Of a burst. What an exchange has shown goes out with the next one. */
const MIN_EXCHANGES = 2;

/** The clock of one load test at one end: its anchor to wall time, and what the exchanges show of the offset. */
export class SessionClock {
  readonly clock: Clock;
  readonly #sameHost: boolean;
  /** Built for the first exchange: it is too dear for a peer that never asks. */
  #engine: ClockEngine | undefined;
  #wall: WallMap;
  #met = false;
  #peerEstimate: ErrorEstimate | undefined;
  #exchanges = 0;
  #origin: number | undefined;
  #latest = Number.NEGATIVE_INFINITY;
  readonly #exchange: Exchange = { index: 0, rank: 0, sentAt: 0, arrivedAt: 0, upNs: 0, downNs: 0 };

  /** `sameHost`: the peer's address is one of this host's own. */
  constructor(clock: Clock, sameHost: boolean) {
    this.clock = clock;
    this.#wall = new WallMap(clock.anchor());
    this.#sameHost = sameHost;
  }

  get wall(): WallMap {
    return this.#wall;
  }

  /** The peer's clock read `time` a moment ago. The first time decides what its instants are counted from. */
  meet(time: WallTime): void {
    if (!this.#met) this.#wall = this.#wall.near(time);
    this.#met = true;
  }

  /** See `ClockEngine`. Undefined before the first exchange. */
  snapshot(): ClockKnowledge | undefined {
    return this.#engine?.snapshot();
  }

  /** See `ClockEngine`. */
  latestOffsetNs(): number | undefined {
    return this.#engine?.latestOffsetNs();
  }

  get errorEstimate(): number {
    return errorEstimateOf(this.wall.anchor, 'ptp');
  }

  notePeerError(bits: number): void {
    this.#peerEstimate = decodeErrorEstimate(bits);
  }

  /**
   * An exchange between T1 and T4, both on the scale of this end. Only how long after the first one they were matters, so
   * that both ends come to the same figures. One whose timestamps cannot be true counts for nothing.
   */
  record(from: number, to: number, { upNs, downNs }: TransitTimes): void {
    // On one connection exchanges follow each other; a peer that says otherwise is not listened to.
    if (!isPossible(upNs, downNs, 1) || from < this.#latest || to < from) return;
    this.#latest = to;
    this.#origin ??= from;
    const exchange = this.#exchange;
    exchange.index = this.#exchanges;
    exchange.rank = this.#exchanges++;
    exchange.sentAt = from - this.#origin;
    exchange.arrivedAt = to - this.#origin;
    exchange.upNs = upNs;
    exchange.downNs = downNs;
    this.#engine ??= this.#newEngine();
    this.#engine.record(exchange);
  }

  #newEngine(): ClockEngine {
    return new ClockEngine({
      // Clocks that are weeks apart are neither one nor synchronised, and what the engine sees is less the weeks.
      claim: () =>
        this.#wall.peerBaseSeconds === 0
          ? clockClaim(this.#sameHost, this.#wall.anchor, this.#peerEstimate)
          : undefined,
      granularityNs: () => 1,
    });
  }
}

/** T2 - T1 and T4 - T3, in nanoseconds, with the clock offset in them. */
interface TransitTimes {
  readonly upNs: number;
  readonly downNs: number;
}

/** The asking side. A sample counts once its T4 has gone out with the next request, so that both ends hold the same. */
export class ClockAsker {
  readonly #channel: ControlChannel;
  readonly #session: SessionClock;
  readonly #packet: SenderPacket;
  readonly #reply = emptyReflectorPacket();
  readonly #previousArrival: WallTime = { seconds: 0, nanoseconds: 0 };
  #sample: (TransitTimes & { readonly from: Instant; readonly to: Instant }) | undefined;
  #sentAt: Instant | undefined;
  #answered: (() => void) | undefined;
  #periodic: NodeJS.Timeout | undefined;

  constructor(channel: ControlChannel, session: SessionClock) {
    this.#channel = channel;
    this.#session = session;
    this.#packet = {
      sequence: 0,
      transmit: { seconds: 0, nanoseconds: 0 },
      errorEstimate: session.errorEstimate,
      ssid: 0,
    };
  }

  /** `count` exchanges, one after the other; of a long way fewer, as many as begin within a second and a half. */
  async exchange(count: number): Promise<void> {
    const { clock } = this.#session;
    const until = after(clock.now(), BURST);
    for (let i = 0; i < count; i++) {
      await this.settled();
      if (i >= MIN_EXCHANGES && clock.now() >= until) return;
      this.#ask();
    }
    await this.settled();
  }

  /** Asks every `ms` from now on, unless the last answer is still to come. */
  every(ms: number): void {
    this.#periodic = setInterval(() => {
      if (this.#sentAt === undefined) this.#ask();
    }, ms);
  }

  stop(): void {
    clearInterval(this.#periodic);
  }

  /** Resolves once no request is outstanding. */
  settled(): Promise<void> {
    if (this.#sentAt === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#answered = resolve;
    });
  }

  /** Takes in the packet behind a CLOCK_REPLY. False when nothing was asked, or it cannot be read. */
  onReply(bytes: Uint8Array, arrival: Instant): boolean {
    const sentAt = this.#sentAt;
    if (sentAt === undefined || readReflectorPacket(bytes, this.#reply) !== undefined) return false;
    this.#session.meet(this.#reply.receive);
    const { wall } = this.#session;
    this.#session.notePeerError(this.#reply.errorEstimate);
    this.#sample = {
      from: sentAt,
      to: arrival,
      upNs: wall.fromPeer(this.#reply.receive) - sentAt,
      downNs: arrival - wall.fromPeer(this.#reply.transmit),
    };
    wall.toWall(arrival, this.#previousArrival);
    this.#sentAt = undefined;
    this.#answered?.();
    this.#answered = undefined;
    return true;
  }

  #ask(): void {
    const { clock, wall } = this.#session;
    const sample = this.#sample;
    const bytes = new Uint8Array(CLOCK_PACKET_BYTES);
    const now = clock.now();
    wall.toWall(now, this.#packet.transmit);
    writeClockRequest(bytes, this.#packet, sample === undefined ? undefined : this.#previousArrival);
    this.#packet.sequence++;
    this.#sentAt = now;
    this.#channel.sendState(STATE.clockRequest, bytes);
    if (sample !== undefined) this.#session.record(sample.from, sample.to, sample);
    this.#sample = undefined;
  }
}

/** The answering side. */
export class ClockAnswerer {
  readonly #session: SessionClock;
  readonly #transmit: WallTime = { seconds: 0, nanoseconds: 0 };
  readonly #previousArrival: WallTime = { seconds: 0, nanoseconds: 0 };
  readonly #reflection: Reflection = {
    sequence: 0,
    transmit: { seconds: 0, nanoseconds: 0 },
    receive: { seconds: 0, nanoseconds: 0 },
    errorEstimate: 0,
    ttl: 255,
  };
  /** The exchange whose T4 is still to come. */
  #open: { readonly upNs: number; readonly sentAt: PeerInstant; readonly repliedAt: Instant } | undefined;

  constructor(session: SessionClock) {
    this.#session = session;
    this.#reflection.errorEstimate = session.errorEstimate;
  }

  /** The packet to send behind a CLOCK_REPLY; undefined for a request that is corrupt. */
  answer(request: Uint8Array, arrival: Instant): Uint8Array | undefined {
    const kind = readClockRequest(request, this.#transmit, this.#previousArrival);
    if (kind === 'corrupt') return undefined;
    this.#session.meet(this.#transmit);
    const { clock, wall } = this.#session;
    if (kind === 'next' && this.#open !== undefined) {
      const { upNs, sentAt, repliedAt } = this.#open;
      const arrivedAt = wall.fromPeer(this.#previousArrival);
      this.#session.record(sentAt, arrivedAt, { upNs, downNs: arrivedAt - repliedAt });
    }
    const reply = request.slice();
    const reflection = this.#reflection;
    this.#session.notePeerError(((request[12] as number) << 8) | (request[13] as number));
    wall.toWall(arrival, reflection.receive);
    const repliedAt = clock.now();
    wall.toWall(repliedAt, reflection.transmit);
    reflectInPlace(reply, reflection);
    reflection.sequence++;
    const sentAt = wall.fromPeer(this.#transmit);
    this.#open = { upNs: arrival - sentAt, sentAt, repliedAt };
    return reply;
  }
}
