import { isIPv6 } from 'node:net';
import { type Endpoint, isAnyAddress } from '../address';
import { IcmpError, TooLargeError } from '../icmp';
import { isSameAddress } from '../names';
import type {
  DatagramBatch,
  DatagramOptions,
  DatagramSocket,
  EarlierHandler,
  Offload,
  RefusalHandler,
  SendOutcome,
  SendStampHandler,
  TimestampSource,
} from '../transport';
import {
  EAGAIN,
  EINTR,
  EMSGSIZE,
  IPV6_V6ONLY,
  MEMINFO_DROPS,
  MEMINFO_WORDS,
  MSG_DONTWAIT,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_TIMESTAMPING,
  SOL_IPV6,
  SOL_SOCKET,
  SOL_UDP,
  STAMP,
  UDP_GRO,
  UDP_SEGMENT,
} from './abi';
import { BulkSend } from './bulk-send';
import { ErrorQueue } from './error-queue';
import type { LinuxContext } from './linux-context';
import { Memory } from './memory';
import { BATCH, CONTROL_BYTES, MessageVector, NAME_BYTES, SLOT_BYTES } from './message-vector';
import { ReceivedBatch } from './received-batch';
import { Replies } from './replies';
import { MAX_PAYLOAD_BYTES } from './segmentation';
import { writeAddress } from './socket-address';
import { errorName, systemError } from './system-calls';
import { Transmission } from './transmission';
import { UdpDescriptor } from './udp-descriptor';
import type { Source } from './watched-descriptors';

/** Receiving goes on while there is more, for so many batches, then it is others' turn. */
const BATCHES_PER_TURN = 8;

/** A socket for all comers, as other threads know it. */
export interface BoundDescriptor {
  readonly fd: number;
  readonly local: Endpoint;
}

/** A UDP socket that this process works by system calls of its own. */
export class LinuxDatagrams implements DatagramSocket, Source {
  readonly wantsWrite = false;
  readonly isRare = false;
  readonly local: Endpoint;
  readonly backlog = 0;
  readonly sendTimestamps: TimestampSource;
  readonly receiveTimestamps: TimestampSource;
  readonly receiveBufferBytes: number | undefined;
  readonly #context: LinuxContext;
  readonly #udp: UdpDescriptor;
  readonly #transmission: Transmission;
  readonly #errors: ErrorQueue | undefined;
  readonly #bulk: BulkSend;
  readonly #replies: Replies;
  readonly #received: ReceivedBatch;
  readonly #incoming: MessageVector;
  readonly #single: MessageVector;
  readonly #sendBuffer: Memory;
  readonly #joins: boolean;
  #largestSegments = 1;
  #closed = false;
  #onBatch: ((batch: DatagramBatch) => void) | undefined;
  #onError: EarlierHandler | undefined;
  #onRefused: RefusalHandler | undefined;
  #onStamp: SendStampHandler = () => {};

  private constructor(context: LinuxContext, udp: UdpDescriptor, options: DatagramOptions, isConnected: boolean) {
    const { native, stamps } = context;
    const { coalesce = false, stamps: moments = [] } = options;
    this.#context = context;
    this.#udp = udp;
    this.local = udp.local();
    const isStamped = udp.set(SOL_SOCKET, SO_TIMESTAMPING, STAMP.software | STAMP.rxSoftware);
    const stampsSends = isStamped && stamps.send && moments.length > 0;
    // A socket for all comers has no use for what becomes of single replies.
    const isTold = isConnected && udp.tellErrors();
    this.#errors =
      stampsSends || isTold
        ? new ErrorQueue(context, udp.fd, stampsSends ? moments : [], {
            onStamp: (looped, moment, at) => this.#onStamp(looped, moment, at),
            onEarlier: (result, icmp, quoted) => this.#onError?.(new IcmpError(errorName(result), icmp), quoted),
            onRefused: this.#refuse,
          })
        : undefined;
    this.sendTimestamps = stampsSends ? 'kernel' : 'user';
    this.receiveTimestamps = isStamped && stamps.receive ? 'kernel' : 'user';
    this.#joins = coalesce && udp.set(SOL_UDP, UDP_GRO, 1);
    const [room] = udp.get(SOL_SOCKET, SO_RCVBUF, 1) ?? [];
    // The system tells twice what it grants: the other half is for its own bookkeeping.
    this.receiveBufferBytes = room === undefined ? undefined : room / 2;
    this.#transmission = new Transmission(context, udp.fd, () => this.#errors?.read() ?? false, this.#tellEarlier);
    // 0 cuts nothing: whether the system knows the option is what is asked.
    const canCut = udp.set(SOL_UDP, UDP_SEGMENT, 0);
    this.#bulk = new BulkSend(context, udp.family, this.#transmission, coalesce && canCut, (result) =>
      this.#refusal(result),
    );
    this.#incoming = new MessageVector(native, BATCH, CONTROL_BYTES);
    const buffers = new Memory(native, BATCH * SLOT_BYTES);
    for (let i = 0; i < BATCH; i++) {
      this.#incoming.setPayload(i, buffers.address + i * SLOT_BYTES, SLOT_BYTES);
      this.#incoming.readyToReceive(i, NAME_BYTES);
    }
    this.#received = new ReceivedBatch(
      context,
      this,
      isAnyAddress(this.local.address) ? undefined : this.local.address,
      this.#incoming,
      buffers,
      (i, payload, dscp) => {
        if (!this.#closed) this.#replies.add(i, payload, dscp);
      },
    );
    this.#replies = new Replies(
      context,
      udp,
      this.#transmission,
      this.#errors,
      isConnected,
      this.#incoming,
      this.#received,
      buffers,
      canCut,
      this.#refuse,
    );
    this.#single = new MessageVector(native, 1, CONTROL_BYTES);
    this.#sendBuffer = new Memory(native, SLOT_BYTES);
    context.poller.add(this);
  }

  /** A socket that talks to `peer` alone. */
  static connect(context: LinuxContext, peer: Endpoint, options: DatagramOptions): LinuxDatagrams {
    return UdpDescriptor.open(context, isIPv6(peer.address) ? 6 : 4, `cannot send to ${peer.address}`, (udp) => {
      const { address, port = 0 } = options.bind ?? {};
      udp.apply(options);
      if (address !== undefined || port !== 0) udp.bind(address, port);
      udp.connect(peer);
      return new LinuxDatagrams(context, udp, options, true);
    });
  }

  /**
   * A socket beside the one that is bound at `beside`: it takes the datagrams over that `peer` sends to `address`, and sends
   * from there. Those of others go on to the older socket, also between the bind and the connect of this one: see
   * `UdpDescriptor.joinable`.
   */
  static takeOver(
    context: LinuxContext,
    beside: BoundDescriptor,
    address: string,
    peer: Endpoint,
    options: DatagramOptions,
  ): LinuxDatagrams {
    const open = (from: string): LinuxDatagrams =>
      withEitherFamily((family) =>
        UdpDescriptor.open(context, family, `cannot send to ${peer.address}`, (udp) => {
          if (family === 6) udp.set(SOL_IPV6, IPV6_V6ONLY, 0);
          udp.apply(options);
          udp.bindBeside(beside.fd, from, beside.local.port);
          udp.connect(peer);
          return new LinuxDatagrams(context, udp, options, true);
        }),
      );
    const socket = open(beside.local.address);
    if (isSameAddress(socket.local.address, address)) return socket;
    // Of several addresses the system would answer from another one than the peer has chosen. That is worth the datagrams of
    // others that may get lost in the moment in which this socket is the better match for them.
    socket.close();
    const own = open(address);
    own.#forgetWaiting();
    return own;
  }

  /** A socket for all comers, which nobody else can bind the port of. */
  static bind(context: LinuxContext, options: DatagramOptions): LinuxDatagrams {
    const { address, port = 0 } = options.bind ?? {};
    const doing = `cannot listen on UDP port ${port}${address === undefined ? '' : ` of ${address}`}`;
    const listenOn = (family: 4 | 6): LinuxDatagrams =>
      UdpDescriptor.open(context, family, doing, (udp) => {
        // :: is all addresses for TCP, IPv4 included: so it is for UDP.
        const onlySix = address !== undefined && address !== '::' && isIPv6(address);
        if (family === 6) udp.require(SOL_IPV6, IPV6_V6ONLY, onlySix ? 1 : 0);
        udp.makeJoinable();
        udp.bind(address, port);
        if (address === undefined || isAnyAddress(address)) udp.tellDestinations();
        udp.apply(options);
        return new LinuxDatagrams(context, udp, options, false);
      });
    return address !== undefined && isIPv6(address) ? listenOn(6) : withEitherFamily(listenOn);
  }

  get fd(): number {
    return this.#udp.fd;
  }

  get offloads(): readonly Offload[] {
    return [...(this.#bulk.cuts ? (['udp-gso'] as const) : []), ...(this.#joins ? (['udp-gro'] as const) : [])];
  }

  dropped(): number | undefined {
    const words = this.#closed ? undefined : this.#udp.get(SOL_SOCKET, SO_MEMINFO, MEMINFO_WORDS);
    return words === undefined ? undefined : (words[MEMINFO_DROPS] as number) * this.#largestSegments;
  }

  pathMtuBytes(): number | undefined {
    return this.#closed ? undefined : this.#udp.pathMtuBytes();
  }

  onBatch(handler: (batch: DatagramBatch) => void): void {
    this.#onBatch = handler;
  }

  onError(handler: EarlierHandler): void {
    this.#onError = handler;
  }

  onRefused(handler: RefusalHandler): void {
    this.#onRefused = handler;
  }

  onStamp(handler: SendStampHandler): void {
    this.#onStamp = handler;
  }

  send(payload: Uint8Array, to?: Endpoint): void {
    if (this.#closed) return;
    if (payload.length > MAX_PAYLOAD_BYTES) {
      this.#refuse(payload, -EMSGSIZE);
      return;
    }
    const message = this.#single;
    this.#sendBuffer.bytes.set(payload);
    message.setPayload(0, this.#sendBuffer.address, payload.length);
    const name = message.nameAt(0);
    message.setName(
      0,
      to === undefined ? 0 : writeAddress(this.#context.native, message.memory, name, to, this.#udp.family),
    );
    message.clearControl(0);
    this.#errors?.askForStamps(message, 1);
    this.#transmission.send(message, 1, (result) => this.#refuse(payload, result));
    this.#context.poller.noteActivity();
  }

  sendMany(bytes: Uint8Array, length: number, to: Endpoint | undefined, onOutcome: SendOutcome): void {
    if (this.#closed) onOutcome(0, 0, undefined);
    else this.#bulk.send(bytes, length, to, onOutcome);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#context.poller.remove(this);
    this.#context.native.calls.close(this.fd);
  }

  /** Reads what has come: stamps first, so that a probe's is known before its reply. */
  onReady(hasFailed: boolean): void {
    if (hasFailed) this.#errors?.read();
    const { calls } = this.#context.native;
    for (let batches = 0; batches < BATCHES_PER_TURN && !this.#closed; batches++) {
      if (this.#errors?.areStampsDue) this.#errors.read();
      const count = calls.recvmmsg(this.fd, this.#incoming.address, BATCH, MSG_DONTWAIT, 0);
      if (count > 0) this.#deliver(count);
      else if (count !== -EAGAIN && count !== -EINTR) this.#tellEarlier(count);
      // A failure that was waiting at the socket is told once, and what is behind it read at once.
      if (count === -EAGAIN || (count > 0 && count < BATCH)) return;
    }
  }

  #deliver(count: number): void {
    this.#received.begin(count, this.receiveTimestamps === 'kernel');
    this.#replies.begin(count);
    this.#onBatch?.(this.#received);
    if (!this.#closed) this.#replies.send();
    if (this.#joins) this.#largestSegments = Math.max(this.#largestSegments, this.#received.largestSegments);
    for (let i = 0; i < count; i++) this.#incoming.readyToReceive(i, NAME_BYTES);
    this.#context.poller.noteActivity();
  }

  /** Throws away what has come already: before a socket was connected, that was others'. */
  #forgetWaiting(): void {
    const { calls } = this.#context.native;
    for (let batches = 0; batches < BATCHES_PER_TURN; batches++) {
      const count = calls.recvmmsg(this.fd, this.#incoming.address, BATCH, MSG_DONTWAIT, 0);
      for (let i = 0; i < count; i++) this.#incoming.readyToReceive(i, NAME_BYTES);
      if (count < BATCH) return;
    }
  }

  readonly #refuse = (payload: Uint8Array, result: number): void => this.#onRefused?.(payload, this.#refusal(result));

  /** Why a send was refused. What would have fitted stands in the error queue. */
  #refusal(result: number): Error {
    if (result !== -EMSGSIZE) return systemError('sendmmsg', result);
    this.#errors?.read();
    const fitting = this.#errors?.fittingBytes;
    return fitting === undefined ? systemError('sendmmsg', result) : new TooLargeError(fitting);
  }

  /** A failure was waiting at the socket. Where there is an error queue, that says what it was about. */
  readonly #tellEarlier = (result: number): void => {
    if (!this.#errors?.read()) this.#tell(result, 'recvmmsg');
  };

  #tell(result: number, call: string): void {
    this.#onError?.(systemError(call, result), undefined);
  }
}

/** IPv6 sockets serve IPv4 as well; a host without IPv6 still has IPv4. */
function withEitherFamily(open: (family: 4 | 6) => LinuxDatagrams): LinuxDatagrams {
  try {
    return open(6);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL') throw error;
    return open(4);
  }
}
