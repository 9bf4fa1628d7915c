import {
  type Clock,
  type Endpoint,
  type Granted,
  NOTHING_TOLD,
  type PathState,
  type StreamSocket,
} from '@pathgauge/transport';
import { type Instant, type Span, span } from '@pathgauge/units';
import type { FakeSystem } from './fake-system';
import type { VirtualTime } from './virtual-time';

/** One end of a connection. */
interface StreamEnd {
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** How long bytes from here are under way. */
  readonly delay: Span;
  /** What the connection is granted, and its path; left out, the system tells nothing. */
  readonly system?: FakeSystem;
}

/** The two ends of a connection in memory. Each write arrives as one chunk, as it is at the moment of arrival. */
export function connectedStreams(time: VirtualTime, one: StreamEnd, other: StreamEnd): [StreamSocket, StreamSocket] {
  const first = new FakeStream(time, one, other.endpoint);
  const second = new FakeStream(time, other, one.endpoint);
  first.peer = second;
  second.peer = first;
  return [first, second];
}

export class FakeStream implements StreamSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  peer: FakeStream | undefined;
  readonly #system: FakeSystem | undefined;
  readonly #time: VirtualTime;
  readonly #clock: Clock;
  readonly #delay: Span;
  readonly #early: [Uint8Array, Instant][] = [];
  #ended = false;
  #closed = false;
  #onData: ((chunk: Uint8Array, arrival: Instant) => void) | undefined;
  #onClose: ((error: Error | undefined) => void) | undefined;

  constructor(time: VirtualTime, { endpoint, clock, delay, system }: StreamEnd, remote: Endpoint) {
    this.#system = system;
    this.#time = time;
    this.#clock = clock;
    this.#delay = delay;
    this.local = endpoint;
    this.remote = remote;
  }

  onData(handler: (chunk: Uint8Array, arrival: Instant) => void): void {
    this.#onData = handler;
    for (const [chunk, arrival] of this.#early.splice(0)) handler(chunk, arrival);
  }

  onClose(handler: (error: Error | undefined) => void): void {
    this.#onClose = handler;
    if (this.#closed) handler(undefined);
  }

  write(bytes: Uint8Array, done?: (taken: boolean) => void): void {
    if (this.#ended || this.#closed) {
      this.#time.schedule(span(0), () => done?.(false));
      return;
    }
    this.#time.schedule(this.#delay, () => {
      this.peer?.take(bytes.slice());
      done?.(!this.#closed);
    });
  }

  get granted(): Granted {
    return this.#system?.grantedFor(this.#system.settingsAt(this.local)) ?? NOTHING_TOLD;
  }

  pathState(): PathState | undefined {
    return this.#system?.pathStateOf(this.local, this.#system.settingsAt(this.local));
  }

  limitSilence(): void {}

  unheardMs(): undefined {
    return undefined;
  }

  limitRate(): void {}

  get isClosed(): boolean {
    return this.#closed;
  }

  /** What comes from now on waits for the next consumer. */
  pause(): void {
    this.#onData = undefined;
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#time.schedule(this.#delay, () => this.peer?.hangUp());
  }

  destroy(): void {
    if (this.#closed) return;
    this.#time.schedule(this.#delay, () => this.peer?.hangUp());
    this.#closed = true;
    this.#time.schedule(span(0), () => this.#onClose?.(undefined));
  }

  take(chunk: Uint8Array): void {
    if (this.#closed) return;
    if (this.#onData === undefined) this.#early.push([chunk, this.#clock.now()]);
    else this.#onData(chunk, this.#clock.now());
  }

  /** The other end sends no more: this one answers in kind, as a socket without half-open connections does. */
  hangUp(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#time.schedule(this.#delay, () => this.peer?.hangUp());
    this.#onClose?.(undefined);
  }
}
