import { ClockBounds } from '@pathgauge/metrics';
import {
  CLOCK_PACKET_BYTES,
  decodeErrorEstimate,
  emptyReflectorPacket,
  encodeErrorEstimate,
  type Reflection,
  readClockRequest,
  readReflectorPacket,
  reflectInPlace,
  type SenderPacket,
  STATE,
  writeClockRequest,
} from '@pathgauge/protocol';
import type { Clock } from '@pathgauge/transport';
import { type Instant, WallMap, type WallTime } from '@pathgauge/units';
import type { ControlChannel } from './control-channel';

/** The clock of one load test at one end: its anchor to wall time, and what the exchanges show of the offset. */
export class SessionClock {
  readonly clock: Clock;
  readonly wall: WallMap;
  readonly bounds = new ClockBounds();
  #peerErrorNs = 0;

  constructor(clock: Clock) {
    this.clock = clock;
    this.wall = new WallMap(clock.anchor());
  }

  /** How far off both anchors may be, together. */
  get anchorErrorNs(): number {
    return this.wall.anchor.errorNs + this.#peerErrorNs;
  }

  get errorEstimate(): number {
    return encodeErrorEstimate({ synchronised: false, format: 'ptp', errorNs: this.wall.anchor.errorNs });
  }

  notePeerError(bits: number): void {
    this.#peerErrorNs = decodeErrorEstimate(bits)?.errorNs ?? 0;
  }
}

/** The asking side. A sample counts once its T4 has gone out with the next request, so that both ends hold the same. */
export class ClockAsker {
  readonly #channel: ControlChannel;
  readonly #session: SessionClock;
  readonly #packet: SenderPacket;
  readonly #reply = emptyReflectorPacket();
  readonly #previousArrival: WallTime = { seconds: 0, nanoseconds: 0 };
  #sample: { up: number; down: number } | undefined;
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

  /** `count` exchanges, one after the other. */
  async exchange(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.settled();
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

  /** Takes in the packet behind a CLOCK_REPLY. */
  onReply(bytes: Uint8Array, arrival: Instant): void {
    const sentAt = this.#sentAt;
    if (sentAt === undefined || readReflectorPacket(bytes, this.#reply) !== undefined) return;
    const { wall } = this.#session;
    this.#session.notePeerError(this.#reply.errorEstimate);
    this.#sample = {
      up: wall.fromPeer(this.#reply.receive) - sentAt,
      down: arrival - wall.fromPeer(this.#reply.transmit),
    };
    wall.toWall(arrival, this.#previousArrival);
    this.#sentAt = undefined;
    this.#answered?.();
    this.#answered = undefined;
  }

  #ask(): void {
    const { clock, wall, bounds } = this.#session;
    const sample = this.#sample;
    const bytes = new Uint8Array(CLOCK_PACKET_BYTES);
    const now = clock.now();
    wall.toWall(now, this.#packet.transmit);
    writeClockRequest(bytes, this.#packet, sample === undefined ? undefined : this.#previousArrival);
    this.#packet.sequence++;
    this.#sentAt = now;
    this.#channel.sendState(STATE.clockRequest, bytes);
    if (sample !== undefined) bounds.record(sample.up, sample.down);
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
  /** T2 - T1 and T3 of the exchange whose T4 is still to come. */
  #open: { up: number; repliedAt: Instant } | undefined;

  constructor(session: SessionClock) {
    this.#session = session;
    this.#reflection.errorEstimate = session.errorEstimate;
  }

  /** The packet to send behind a CLOCK_REPLY; undefined for a request that is corrupt. */
  answer(request: Uint8Array, arrival: Instant): Uint8Array | undefined {
    const kind = readClockRequest(request, this.#transmit, this.#previousArrival);
    if (kind === 'corrupt') return undefined;
    const { clock, wall, bounds } = this.#session;
    if (kind === 'next' && this.#open !== undefined) {
      bounds.record(this.#open.up, wall.fromPeer(this.#previousArrival) - this.#open.repliedAt);
    }
    const reply = request.slice();
    const reflection = this.#reflection;
    this.#session.notePeerError(((request[12] as number) << 8) | (request[13] as number));
    wall.toWall(arrival, reflection.receive);
    const repliedAt = clock.now();
    wall.toWall(repliedAt, reflection.transmit);
    reflectInPlace(reply, reflection);
    reflection.sequence++;
    this.#open = { up: arrival - wall.fromPeer(this.#transmit), repliedAt };
    return reply;
  }
}
