import type { DatagramBatch, DatagramSocket, Endpoint, Timer, Transport } from '@pathgauge/transport';
import { after, seconds } from '@pathgauge/units';
import { Reflector } from './reflector';

// Sessions are forgotten after minutes, so looking once a minute is enough.
const SWEEP = seconds(60);

/** What a service for probes needs of the transport, whichever thread that is in. */
export type ProbeHost = Pick<Transport, 'clock' | 'coarseTimer'>;

export interface ProbeServiceOptions {
  /** Sends every datagram back as it came, instead of answering as a STAMP reflector. */
  readonly echo: boolean;
  /** Asked first: whether datagram `i` belongs to a stream of load, and was dealt with. */
  takesDatagram(batch: DatagramBatch, i: number, source: Endpoint): boolean;
  /** A session of probes has begun. */
  onSession(source: Endpoint): void;
}

/** What a service for probes has done. */
export interface ProbeTotals {
  readonly probeSessions: number;
  readonly probesAnswered: number;
  /** Datagrams that were no probes and belonged to no test. */
  readonly datagramsIgnored: number;
}

/** Answers the probes that come to a socket. */
export class ProbeService {
  readonly #socket: DatagramSocket;
  readonly #options: ProbeServiceOptions;
  readonly #host: ProbeHost;
  readonly #reflector: Reflector;
  readonly #sweep: Timer;
  #ignored = 0;

  constructor(socket: DatagramSocket, host: ProbeHost, options: ProbeServiceOptions) {
    this.#socket = socket;
    this.#host = host;
    this.#options = options;
    this.#reflector = new Reflector(host.clock, (source) => options.onSession(source));
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
      datagramsIgnored: this.#ignored,
    };
  }

  close(): void {
    this.#sweep.clear();
    this.#socket.close();
  }

  readonly #onBatch = (batch: DatagramBatch): void => {
    for (let i = 0; i < batch.count; i++) {
      const source = batch.source(i);
      if (this.#options.takesDatagram(batch, i, source)) continue;
      const payload = batch.payload(i);
      if (this.#options.echo) {
        batch.reply(i, payload);
        continue;
      }
      const reply = this.#reflector.reflect(
        payload,
        source,
        batch.arrival(i),
        batch.hopLimit(i),
        batch.trafficClass(i),
        batch.destination(i),
      );
      if (reply === undefined) this.#ignored++;
      else batch.reply(i, payload, reply.dscp);
    }
  };

  #sweepLater(): void {
    this.#sweep.set(after(this.#host.clock.now(), SWEEP), () => {
      this.#reflector.forgetIdle(this.#host.clock.now());
      this.#sweepLater();
    });
  }
}
