import type { Direction } from '@pathgauge/result';
import type { StreamSocket } from '@pathgauge/transport';
import { deferred, handledElsewhere } from '../promises';
import type { LoadPlan } from './plan/load-plan';
import { streamPlaces } from './plan/stream-places';
import type { StreamCarrier } from './streams/stream-carrier';
import type { AnsweringCarrier } from './streams/stream-messages';

/** A connection that came with the cookie of a test. */
export interface DataConnection {
  readonly stream: StreamSocket;
  /** Connections of one listener count up in the order in which they were accepted. */
  readonly order: number;
  /** Gives the connection away, with what was read of it behind the cookie. */
  release(): Uint8Array;
}

/** The data streams that the server of a test waits for: as many as were agreed, in the order in which its client opens them. */
export class AwaitedStreams {
  readonly #protocol: LoadPlan['protocol'];
  readonly #directions: readonly Direction[];
  readonly #openOne: (carrier: StreamCarrier, direction: Direction) => Promise<void>;
  readonly #opened = deferred();
  readonly #connections: DataConnection[] = [];
  #taken = 0;
  #begun = 0;
  #ready = 0;

  /** `openOne`: opens one end of a stream. */
  constructor(plan: LoadPlan, openOne: (carrier: StreamCarrier, direction: Direction) => Promise<void>) {
    this.#protocol = plan.protocol;
    this.#directions = streamPlaces(plan).map(({ direction }) => direction);
    this.#openOne = openOne;
    void handledElsewhere(this.#opened.promise);
  }

  /** Resolves when all are open; rejects when one of them cannot be. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  /** How many there are to be. */
  get count(): number {
    return this.#directions.length;
  }

  /** How many have come. */
  get taken(): number {
    return this.#taken;
  }

  isAwaiting(protocol: LoadPlan['protocol']): boolean {
    return protocol === this.#protocol && this.#taken < this.#directions.length;
  }

  /**
   * Takes a connection. None is opened before all have come: two cookies may be read in another order than their connections were
   * accepted in, and by that order the client tells its streams apart.
   */
  takeConnection(connection: DataConnection): void {
    this.#connections.push(connection);
    this.#taken++;
    if (this.#taken < this.#directions.length) return;
    for (const { stream, release } of this.#connections.splice(0).sort((a, b) => a.order - b.order)) {
      this.#open({ kind: 'stream', stream, unread: release(), greeting: undefined });
    }
  }

  /** Takes the source of a stream of datagrams: a client opens the next when the one before was answered. */
  takeDatagrams(carrier: AnsweringCarrier): void {
    this.#taken++;
    this.#open(carrier);
  }

  /** Closes the connections that have come in vain. */
  release(): void {
    for (const { stream } of this.#connections.splice(0)) stream.destroy();
  }

  #open(carrier: StreamCarrier): void {
    const direction = this.#directions[this.#begun++] as Direction;
    this.#openOne(carrier, direction).then(() => this.#onReady(), this.#opened.reject);
  }

  #onReady(): void {
    if (++this.#ready === this.#directions.length) this.#opened.resolve();
  }
}
