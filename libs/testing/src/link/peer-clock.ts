import type {
  Clock,
  DatagramBatch,
  DatagramSocket,
  InProcessTransport,
  StreamSocket,
  Timer,
} from '@pathgauge/transport';
import { elapsed, type Instant, instant, NS_PER_S, type WallAnchor } from '@pathgauge/units';

/** How a peer's clock stands to that of this host. */
export interface ClockFault {
  readonly offsetNs?: number;
  /** By how much it gains, in millionths. */
  readonly skewPpm?: number;
  /** By how much it jumps, and how long after the first datagram came. */
  readonly steps?: readonly { readonly afterNs: number; readonly byNs: number }[];
}

/** A transport whose clock is not this host's: every timestamp that its user takes or puts on the wire is that clock's. */
export function withPeerClock(transport: InProcessTransport, fault: ClockFault): InProcessTransport {
  const clock = new PeerClock(transport.clock, fault);
  return {
    ...transport,
    clock,
    timer: () => new PeerTimer(transport.timer(), transport.clock, clock),
    coarseTimer: () => new PeerTimer(transport.coarseTimer(), transport.clock, clock),
    connectDatagrams: async (peer, options) => datagramsOn(await transport.connectDatagrams(peer, options), clock),
    bindDatagrams: async (options) => {
      const socket = await transport.bindDatagrams(options);
      return Object.assign(datagramsOn(socket, clock), { bound: socket.bound });
    },
    besideDatagrams: async (...args) => datagramsOn(await transport.besideDatagrams(...args), clock),
    takeStream: (handed, settings) => streamOn(transport.takeStream(handed, settings), clock),
    handOver: (stream) => transport.handOver(hostStreams.get(stream) as StreamSocket),
    connectStream: async (peer, options) => streamOn(await transport.connectStream(peer, options), clock),
    listen: (options, onConnection) => transport.listen(options, (stream) => onConnection(streamOn(stream, clock))),
  };
}

class PeerClock implements Clock {
  readonly steps = undefined;
  readonly #clock: Clock;
  readonly #fault: ClockFault;
  readonly #begin: Instant;
  #firstAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, fault: ClockFault) {
    this.#clock = clock;
    this.#fault = fault;
    this.#begin = clock.now();
  }

  now(): Instant {
    return this.of(this.#clock.now());
  }

  noteArrival(at: Instant): void {
    this.#firstAt = Math.min(this.#firstAt, at);
  }

  /** What this clock reads when the host's reads `at`, but for the offset, which is in the anchor. */
  of(at: Instant): Instant {
    const since = elapsed(this.#begin, at);
    const { skewPpm = 0, steps = [] } = this.#fault;
    const stepped = steps.reduce((sum, { afterNs, byNs }) => sum + (at - this.#firstAt >= afterNs ? byNs : 0), 0);
    return instant(at + Math.round(since * skewPpm * 1e-6) + stepped);
  }

  anchor(): WallAnchor {
    const anchor = this.#clock.anchor();
    const total = anchor.nanoseconds + (this.#fault.offsetNs ?? 0);
    const wholeSeconds = Math.floor(total / NS_PER_S);
    return { ...anchor, seconds: anchor.seconds + wholeSeconds, nanoseconds: total - wholeSeconds * NS_PER_S };
  }
}

class PeerTimer implements Timer {
  readonly #timer: Timer;
  readonly #clock: Clock;
  readonly #peer: PeerClock;

  constructor(timer: Timer, clock: Clock, peer: PeerClock) {
    this.#timer = timer;
    this.#clock = clock;
    this.#peer = peer;
  }

  set(at: Instant, callback: () => void): void {
    const now = this.#clock.now();
    this.#timer.set(instant(now + elapsed(this.#peer.of(now), at)), callback);
  }

  clear(): void {
    this.#timer.clear();
  }
}

function datagramsOn(socket: DatagramSocket, clock: PeerClock): DatagramSocket {
  return {
    local: socket.local,
    sendTimestamps: socket.sendTimestamps,
    receiveTimestamps: socket.receiveTimestamps,
    offloads: socket.offloads,
    receiveBufferBytes: socket.receiveBufferBytes,
    sendBufferBytes: socket.sendBufferBytes,
    get backlog() {
      return socket.backlog;
    },
    dropped: () => socket.dropped(),
    onBatch: (handler) =>
      socket.onBatch((batch) => {
        clock.noteArrival(batch.arrival(0));
        handler(batchOn(batch, clock));
      }),
    pathMtuBytes: () => socket.pathMtuBytes(),
    onError: (handler) => socket.onError(handler),
    onRefused: (handler) => socket.onRefused(handler),
    onStamp: (handler) => socket.onStamp((looped, moment, at) => handler(looped, moment, clock.of(at))),
    send: (payload, to) => socket.send(payload, to),
    sendMany: (bytes, length, to, onOutcome) => socket.sendMany(bytes, length, to, onOutcome),
    close: () => socket.close(),
  };
}

const batchOn = (batch: DatagramBatch, clock: PeerClock): DatagramBatch => ({
  count: batch.count,
  get socket() {
    return datagramsOn(batch.socket, clock);
  },
  payload: (i) => batch.payload(i),
  segmentBytes: (i) => batch.segmentBytes(i),
  arrival: (i) => clock.of(batch.arrival(i)),
  arrivalSource: (i) => batch.arrivalSource(i),
  source: (i) => batch.source(i),
  destination: (i) => batch.destination(i),
  hopLimit: (i) => batch.hopLimit(i),
  trafficClass: (i) => batch.trafficClass(i),
  reply: (i, payload, dscp) => batch.reply(i, payload, dscp),
});

/** Which stream of the host's stands behind one of the peer's. */
const hostStreams = new WeakMap<StreamSocket, StreamSocket>();

function streamOn(stream: StreamSocket, clock: PeerClock): StreamSocket {
  const own = viewOf(stream, clock);
  hostStreams.set(own, stream);
  return own;
}

const viewOf = (stream: StreamSocket, clock: PeerClock): StreamSocket => ({
  local: stream.local,
  remote: stream.remote,
  granted: stream.granted,
  onData: (handler) => stream.onData((chunk, arrival) => handler(chunk, clock.of(arrival))),
  pathState: () => stream.pathState(),
  limitSilence: (ms) => stream.limitSilence(ms),
  unheardMs: () => stream.unheardMs(),
  limitRate: (bytesPerSecond) => stream.limitRate(bytesPerSecond),
  onClose: (handler) => stream.onClose(handler),
  write: (bytes, done) => stream.write(bytes, done),
  end: () => stream.end(),
  destroy: () => stream.destroy(),
});
