import {
  codeOf,
  type DatagramBatch,
  type DatagramSocket,
  type Endpoint,
  type RoleTransport,
  type Timer,
  TransportError,
} from '@pathgauge/transport';
import { after, type Instant, milliseconds, type Span, WallMap } from '@pathgauge/units';
import { errorEstimateOf } from '../clock-claim';
import { deferred } from '../promises';
import { randomSsid } from '../random';
import { STAGGER } from '../reach/stagger';
import { ProbeWriter } from './probe-writer';
import { ReplyReader } from './reply-reader';
import type { SentProbes } from './sent-probes';

/** A trial probe may be lost: each address gets so many. */
const MAX_PROBES = 3;
/** Behind the last trial probe, replies are waited for so long; and all of the trial takes no longer than that. */
const LAST_WAIT: Span = milliseconds(1_000);
const MAX_TRIAL: Span = milliseconds(3_000);
/** Errors of this host's own queue, which say nothing about the address. */
const PASSING: ReadonlySet<string | undefined> = new Set(['ENOBUFS', 'EAGAIN']);
const NOT_STAMP = new TransportError('EBADMSG', 'answers, but not with STAMP');

/** What a trial needs of the transport. */
type TrialHost = Pick<RoleTransport, 'clock' | 'coarseTimer'>;

/** An address that may be the one, and a socket that talks to it alone. */
export interface TrialAddress {
  readonly peer: Endpoint;
  readonly socket: DatagramSocket;
}

/** What the trial probes are to look like: as those of the run. */
interface TrialProbes {
  readonly length: number;
  readonly dscp: number | undefined;
}

/**
 * Finds out which of several addresses of a name answers probes, before a run begins: trial probes go to one after the other
 * until a reply comes (RFC 8305, "Happy Eyeballs", for a protocol without connections). They are no events and count in no
 * figure; the run that follows uses a socket of its own, so that for the reflector it is another session.
 */
export class AddressTrial {
  readonly #host: TrialHost;
  readonly #candidates: readonly Candidate[];
  readonly #timer: Timer;
  readonly #begunAt: Instant;
  readonly #over = deferred();
  #isOver = false;
  #turn = 0;
  #answered: Candidate | undefined;
  #strange: Candidate | undefined;

  constructor(host: TrialHost, probes: TrialProbes, addresses: readonly TrialAddress[]) {
    this.#host = host;
    this.#timer = host.coarseTimer();
    this.#begunAt = host.clock.now();
    const anchor = host.clock.anchor();
    const wall = new WallMap(anchor);
    const identity = { ssid: randomSsid(), errorEstimate: errorEstimateOf(anchor, 'ntp'), dscp: probes.dscp };
    const writer = new ProbeWriter(wall, identity, probes.length);
    const asEcho = new ProbeWriter(wall, identity, probes.length);
    this.#candidates = addresses.map(
      (address) => new Candidate(address, writer, new ReplyReader(wall, identity.ssid, asEcho)),
    );
    for (const candidate of this.#candidates) this.#listen(candidate);
  }

  /** Resolves when it is over, or stopped. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Which address has answered; where what came was no reply to a probe, the first of which something came. */
  get found(): TrialAddress | undefined {
    return (this.#answered ?? this.#strange)?.trial;
  }

  /** What is wrong with an address: what the system or the network said of it, or what it answers. Undefined: nothing came. */
  failureOf(address: TrialAddress): unknown {
    const candidate = this.#candidates.find(({ trial }) => trial === address);
    return candidate?.failure ?? (candidate?.isStrange ? NOT_STAMP : undefined);
  }

  begin(): void {
    this.#next();
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer.clear();
    for (const { trial } of this.#candidates) trial.socket.close();
    this.#over.resolve();
  }

  #listen(candidate: Candidate): void {
    const { socket } = candidate.trial;
    const fail = (error: Error): void => this.#fail(candidate, error);
    socket.onError(fail);
    socket.onRefused((_, error) => fail(error));
    socket.onBatch((batch) => {
      for (let i = 0; i < batch.count && !this.#isOver; i++) this.#take(candidate, batch, i);
    });
  }

  #take(candidate: Candidate, batch: DatagramBatch, i: number): void {
    if (candidate.isAnswer(batch.payload(i))) {
      this.#answered = candidate;
      this.stop();
    } else {
      candidate.isStrange = true;
      this.#strange ??= candidate;
    }
  }

  /** The next address need not wait any longer. */
  #fail(candidate: Candidate, error: Error): void {
    if (this.#isOver || candidate.failure !== undefined || PASSING.has(codeOf(error))) return;
    candidate.failure = error;
    // Not within the send that has failed.
    this.#timer.set(this.#host.clock.now(), this.#next);
  }

  /** Sends one trial probe to the next address that has not failed. */
  readonly #next = (): void => {
    const candidate = this.#nextCandidate();
    const now = this.#host.clock.now();
    const end = after(this.#begunAt, MAX_TRIAL);
    if (this.#candidates.every(({ failure }) => failure !== undefined) || now >= end) {
      this.stop();
      return;
    }
    const wait = candidate === undefined ? LAST_WAIT : STAGGER;
    this.#timer.set(
      Math.min(after(now, wait), end) as Instant,
      candidate === undefined ? () => this.stop() : this.#next,
    );
    candidate?.send(now);
  };

  #nextCandidate(): Candidate | undefined {
    const many = this.#candidates.length;
    for (; this.#turn < MAX_PROBES * many; this.#turn++) {
      const candidate = this.#candidates[this.#turn % many] as Candidate;
      if (candidate.failure !== undefined) continue;
      this.#turn++;
      return candidate;
    }
    return undefined;
  }
}

/** One address on trial, and the probes that were sent to it. */
class Candidate implements SentProbes {
  readonly trial: TrialAddress;
  failure: unknown;
  /** Something came from there that answers no probe. */
  isStrange = false;
  readonly #writer: ProbeWriter;
  readonly #reader: ReplyReader;
  readonly #sentAt: Instant[] = [];

  constructor(trial: TrialAddress, writer: ProbeWriter, reader: ReplyReader) {
    this.trial = trial;
    this.#writer = writer;
    this.#reader = reader;
  }

  send(at: Instant): void {
    const sequence = this.#sentAt.push(at) - 1;
    this.trial.socket.send(this.#writer.write(sequence, at));
  }

  isAnswer(payload: Uint8Array): boolean {
    return this.#reader.read(payload, this) !== undefined;
  }

  indexOf(sequence: number): number {
    return sequence < this.#sentAt.length ? sequence : -1;
  }

  sentAt(index: number): Instant {
    return this.#sentAt[index] as Instant;
  }
}
