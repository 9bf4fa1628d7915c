import { isAnyAddress } from '../address';
import type { DatagramBatch, DatagramSocket } from '../sockets';
import { EAGAIN, EINTR, MEMINFO_DROPS, MEMINFO_WORDS, MSG_DONTWAIT, SO_MEMINFO, SOL_SOCKET } from './abi';
import type { DatagramFeatures } from './datagram-features';
import type { ErrorQueue } from './error-queue';
import type { LinuxContext } from './linux-context';
import { BATCH } from './message-vector';
import type { BatchOwner, ReceivedBatch } from './received-batch';
import type { Replies } from './replies';
import type { UdpDescriptor } from './udp-descriptor';

/** Receiving goes on while there is more, for so many batches, then it is others' turn: of joined datagrams a batch is 4 MiB. */
const BATCHES_PER_TURN = 2;

/** What comes to a UDP socket. Its memory is lent by the thread while it is read. */
export class IncomingDatagrams implements BatchOwner {
  readonly socket: DatagramSocket;
  readonly ownAddress: string | undefined;
  readonly isStamped: boolean;
  readonly #context: LinuxContext;
  readonly #udp: UdpDescriptor;
  readonly #joins: boolean;
  readonly #errors: ErrorQueue | undefined;
  readonly #replies: Replies;
  readonly #onFailure: (result: number) => void;
  #onBatch: ((batch: DatagramBatch) => void) | undefined;
  #largestSegments = 1;
  #isReading = false;

  /** `onFailure`: receiving failed, which is about datagrams that were sent. */
  constructor(
    context: LinuxContext,
    socket: DatagramSocket,
    udp: UdpDescriptor,
    features: DatagramFeatures,
    errors: ErrorQueue | undefined,
    replies: Replies,
    onFailure: (result: number) => void,
  ) {
    const { address } = socket.local;
    this.#context = context;
    this.socket = socket;
    this.ownAddress = isAnyAddress(address) ? undefined : address;
    this.isStamped = features.stampsArrivals;
    this.#udp = udp;
    this.#joins = features.joins;
    this.#errors = errors;
    this.#replies = replies;
    this.#onFailure = onFailure;
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#onBatch = handler;
  }

  onReply(i: number, payload: Uint8Array, dscp: number | undefined): void {
    this.#replies.add(i, payload, dscp);
  }

  /**
   * How many the system has dropped here. Of joined ones it counts those that came as one as one: each may have been as many as
   * ever came as one.
   */
  dropped(): number | undefined {
    const words = this.#udp.isClosed ? undefined : this.#udp.get(SOL_SOCKET, SO_MEMINFO, MEMINFO_WORDS);
    return words === undefined ? undefined : (words[MEMINFO_DROPS] as number) * this.#largestSegments;
  }

  /** Reads what has come: stamps first, so that a probe's is known before its reply. Within a handler of what is read, nothing. */
  read(hasFailed: boolean): void {
    if (this.#isReading) return;
    const { batches } = this.#context.memory;
    const batch = batches.take();
    this.#isReading = true;
    try {
      if (hasFailed) this.#errors?.read();
      for (let read = 0; read < BATCHES_PER_TURN && this.#readBatch(batch); read++);
    } finally {
      this.#isReading = false;
      batches.giveBack(batch);
    }
  }

  /** Throws away what has come already: before a socket was connected, that was others'. */
  forgetWaiting(): void {
    const { batches } = this.#context.memory;
    const batch = batches.take();
    for (let read = 0; read < BATCHES_PER_TURN; read++) {
      const count = batch.memory.receive(this.#udp.fd, MSG_DONTWAIT);
      batch.memory.makeReady(Math.max(0, count));
      if (count < BATCH) break;
    }
    batches.giveBack(batch);
  }

  /** Whether there may be more. */
  #readBatch(batch: ReceivedBatch): boolean {
    if (this.#errors?.areStampsDue) this.#errors.read();
    // A handler may have closed it.
    if (this.#udp.isClosed) return false;
    const count = batch.memory.receive(this.#udp.fd, MSG_DONTWAIT);
    if (count > 0) this.#deliver(batch, count);
    else if (count !== -EAGAIN && count !== -EINTR) this.#onFailure(count);
    // A failure that was waiting at the socket is reported once, and what is behind it read at once.
    return count !== -EAGAIN && (count <= 0 || count === BATCH);
  }

  #deliver(batch: ReceivedBatch, count: number): void {
    batch.begin(count, this);
    this.#replies.begin(batch);
    try {
      this.#onBatch?.(batch);
      this.#replies.send();
      if (this.#joins) this.#largestSegments = Math.max(this.#largestSegments, batch.largestSegments);
    } finally {
      this.#replies.end();
      batch.end();
    }
    this.#context.poller.noteActivity();
  }
}
