import { decodeStreamOpening, isStreamOpeningAnswer } from '@pathgauge/protocol';
import type { DatagramBatch, DatagramSocket, Timer, Transport } from '@pathgauge/transport';
import { after, type Instant, milliseconds, type Span } from '@pathgauge/units';

/** An opening or its answer may be lost: it is asked for again after so long. */
const RETRY: Span = milliseconds(250);

/** How a stream of datagrams is opened: the client asks until it is answered, the server answers as often as it is asked. */
export interface Opening {
  begin(socket: Pick<DatagramSocket, 'send'>): void;
  /** Whether datagram `i` is part of the opening; every other one is data, also before the stream is open. */
  takes(batch: DatagramBatch, i: number): boolean;
  cancel(): void;
}

export class AskedOpening implements Opening {
  readonly #request: Uint8Array;
  readonly #onOpened: () => void;
  readonly #retry: Timer;
  readonly #now: () => Instant;
  #isOpen = false;

  /** `onOpened`: the first answer has come. */
  constructor(
    request: Uint8Array,
    { clock, coarseTimer }: Pick<Transport, 'clock' | 'coarseTimer'>,
    onOpened: () => void,
  ) {
    this.#request = request;
    this.#onOpened = onOpened;
    this.#retry = coarseTimer();
    this.#now = () => clock.now();
  }

  begin(socket: Pick<DatagramSocket, 'send'>): void {
    socket.send(this.#request);
    this.#retry.set(after(this.#now(), RETRY), () => this.begin(socket));
  }

  takes(batch: DatagramBatch, i: number): boolean {
    if (!isStreamOpeningAnswer(batch.payload(i))) return false;
    if (this.#isOpen) return true;
    this.#isOpen = true;
    this.#retry.clear();
    this.#onOpened();
    return true;
  }

  cancel(): void {
    this.#retry.clear();
  }
}

export class AnsweredOpening implements Opening {
  readonly #answer: Uint8Array;

  constructor(answer: Uint8Array) {
    this.#answer = answer;
  }

  begin(socket: Pick<DatagramSocket, 'send'>): void {
    socket.send(this.#answer);
  }

  /** It is asked for again where the answer was lost, or late. */
  takes(batch: DatagramBatch, i: number): boolean {
    if (decodeStreamOpening(batch.payload(i)) === undefined) return false;
    batch.reply(i, this.#answer);
    return true;
  }

  cancel(): void {}
}
