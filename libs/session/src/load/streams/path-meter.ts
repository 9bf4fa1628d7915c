import type { PathState, StreamSocket } from '@pathgauge/transport';

/** What the system tells of the path of a connection that sends, over the load and over each interval. */
export class PathMeter {
  readonly #stream: StreamSocket;
  #before: number;
  #reported: number;
  #latest: PathState | undefined;

  constructor(stream: StreamSocket) {
    this.#stream = stream;
    this.#latest = stream.pathState();
    this.#before = this.#latest?.retransmits ?? 0;
    this.#reported = this.#before;
  }

  /** As it stands, with the retransmits since the last call. Undefined where the system does not tell. */
  sinceLast(): PathState | undefined {
    const now = this.#look();
    if (now === undefined) return undefined;
    const retransmits = now.retransmits - this.#reported;
    this.#reported = now.retransmits;
    return { ...now, retransmits };
  }

  /** The omitted beginning is over: what was sent again so far does not count. */
  restart(): void {
    this.#before = this.#look()?.retransmits ?? 0;
    this.#reported = this.#before;
  }

  /** As it stands, or stood last, with all retransmits of the load. */
  total(): PathState | undefined {
    const now = this.#look();
    return now === undefined ? undefined : { ...now, retransmits: now.retransmits - this.#before };
  }

  /** A connection that has ended tells nothing any more. */
  #look(): PathState | undefined {
    this.#latest = this.#stream.pathState() ?? this.#latest;
    return this.#latest;
  }
}
