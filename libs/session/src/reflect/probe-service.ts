import { decodeStreamOpening } from '@pathgauge/protocol';
import type { IgnoredDatagrams, IgnoredReason } from '@pathgauge/result';
import type { DatagramBatch, DatagramSocket, Endpoint, RoleTransport, Timer } from '@pathgauge/transport';
import { after, seconds } from '@pathgauge/units';
import { IgnoredCount } from './ignored-count';
import { LoopGuard } from './loop-guard';
import type { ProbeTotals } from './probe-totals';
import { Reflector } from './reflector';

// Sessions are forgotten after minutes, so looking once a minute is enough.
const SWEEP = seconds(60);
/**
 * Sessions of made-up addresses may begin by the million: more than these a minute are only counted. A server shows half as many,
 * and says that there were more.
 */
const MAX_SESSIONS_TOLD = 200;

/** What a service for probes needs of the transport. */
type ProbeHost = Pick<RoleTransport, 'clock' | 'coarseTimer'>;

/** How probes are answered: as a STAMP reflector does, or by sending every datagram back as it came. */
export type ProbeAnswers = 'stamp' | 'echo';

interface ProbeServiceOptions {
  readonly answers: ProbeAnswers;
  /** Asked first: whether datagram `i` belongs to a stream of load, and was dealt with. */
  takesDatagram(batch: DatagramBatch, i: number, source: Endpoint): boolean;
  /** A session of probes has begun. */
  onSession(source: Endpoint): void;
  /** Datagrams are not answered: all so far, and where the latest came from. Told once a minute at most. */
  onIgnored(counts: IgnoredDatagrams, latest: Endpoint): void;
}

/** Answers the probes that come to a socket. */
export class ProbeService {
  readonly #socket: DatagramSocket;
  readonly #options: ProbeServiceOptions;
  readonly #host: ProbeHost;
  readonly #reflector: Reflector;
  readonly #guard: LoopGuard;
  readonly #ignored: IgnoredCount;
  readonly #sweep: Timer;
  readonly #isEcho: boolean;
  #sessionsTold = 0;

  constructor(socket: DatagramSocket, host: ProbeHost, options: ProbeServiceOptions) {
    this.#socket = socket;
    this.#host = host;
    this.#options = options;
    this.#isEcho = options.answers === 'echo';
    this.#reflector = new Reflector(host.clock, (source) => this.#onSession(source));
    this.#guard = new LoopGuard(socket.local.port);
    this.#ignored = new IgnoredCount(
      host.coarseTimer(),
      () => host.clock.now(),
      (counts, latest) => options.onIgnored(counts, latest),
    );
    // The wall clock is looked at now, so that the first probe does not wait for it.
    host.clock.anchor();
    socket.onBatch(this.#onBatch);
    socket.onStamp((looped, _moment, at) => this.#reflector.noteSent(looped, at));
    socket.onError(() => {});
    this.#sweep = host.coarseTimer();
    this.#sweepLater();
  }

  totals(): ProbeTotals {
    return {
      probeSessions: this.#reflector.sessions,
      probesAnswered: this.#reflector.answered,
      datagramsIgnored: this.#ignored.total,
      ignored: this.#ignored.snapshot(),
    };
  }

  #ignore(reason: IgnoredReason, source: Endpoint): void {
    this.#ignored.record(reason, source);
  }

  close(): void {
    this.#sweep.clear();
    this.#ignored.clear();
    this.#socket.close();
  }

  readonly #onBatch = (batch: DatagramBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const source = batch.source(i);
      if (this.#options.takesDatagram(batch, i, source)) continue;
      if (this.#isEcho) this.#echo(batch, i, source);
      else this.#reflect(batch, i, source);
    }
  };

  #echo(batch: DatagramBatch, i: number, source: Endpoint): void {
    const payload = batch.payload(i);
    const sign = this.#guard.signOf(payload, source);
    if (sign === undefined) batch.reply(i, payload);
    else this.#ignore(sign, source);
  }

  #reflect(batch: DatagramBatch, i: number, source: Endpoint): void {
    const payload = batch.payload(i);
    const reply = this.#reflector.reflect(
      payload,
      source,
      batch.arrival(i),
      batch.hopLimit(i),
      batch.trafficClass(i),
      batch.destination(i),
    );
    if (typeof reply !== 'string') batch.reply(i, payload, reply.dscp);
    else this.#ignore(decodeStreamOpening(payload) === undefined ? reply : 'opening', source);
  }

  #onSession(source: Endpoint): void {
    if (this.#sessionsTold++ < MAX_SESSIONS_TOLD) this.#options.onSession(source);
  }

  #sweepLater(): void {
    this.#sweep.set(after(this.#host.clock.now(), SWEEP), () => {
      this.#sessionsTold = 0;
      this.#reflector.forgetIdle(this.#host.clock.now());
      this.#sweepLater();
    });
  }
}
