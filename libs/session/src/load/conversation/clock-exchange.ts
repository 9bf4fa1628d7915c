import {
  CLOCK_PACKET_BYTES,
  emptyReflectorPacket,
  type Reflection,
  readClockRequest,
  readReflectorPacket,
  reflectInPlace,
  type SenderPacket,
  STATE,
  writeClockRequest,
} from '@pathgauge/protocol';
import { after, type Instant, milliseconds, type PeerInstant, type Span, type WallTime } from '@pathgauge/units';
import { every } from '../../waiting';
import { Wake } from '../../wake';
import type { ControlChannel } from './control-channel';
import type { SessionClock, TransitTimes } from './session-clock';

/** How long a burst of exchanges may go on beginning new ones. */
const BURST = milliseconds(1_500);
/** Of a burst. What an exchange has shown goes out with the next one. */
const MIN_EXCHANGES = 2;

/** The asking side. A sample counts once its T4 has gone out with the next request, so that both ends hold the same. */
export class ClockAsker {
  readonly #channel: ControlChannel;
  readonly #session: SessionClock;
  readonly #packet: SenderPacket;
  readonly #reply = emptyReflectorPacket();
  readonly #previousArrival: WallTime = { seconds: 0, nanoseconds: 0 };
  #sample: (TransitTimes & { readonly from: Instant; readonly to: Instant }) | undefined;
  #sentAt: Instant | undefined;
  readonly #answered = new Wake();
  #endAsking: (() => void) | undefined;

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

  /** Asks every `period` from now on, unless the last answer is still to come. */
  every(period: Span): void {
    this.#endAsking = every(this.#channel.timers, period, () => {
      if (this.#sentAt === undefined) this.#ask();
    });
  }

  stop(): void {
    this.#endAsking?.();
  }

  /** Resolves once no request is outstanding. */
  settled(): Promise<void> {
    return this.#sentAt === undefined ? Promise.resolve() : this.#answered.wait();
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
    this.#answered.ring();
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
