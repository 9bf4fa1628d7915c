import type { DatagramBatch, DatagramSocket, Endpoint, SendMoment, SendStampHandler } from '@pathgauge/transport';
import type { Instant } from '@pathgauge/units';
import { BatchPart } from './batch-part';
import type { FlowLabels } from './flow-labels';
import type { ProbeSocket, ProbeSocketHandlers } from './probe-socket';

/** The peer of a flow, and what its probes are known by. */
interface FlowAddress {
  /** As the transport tells the source of what comes from there. */
  readonly peer: Endpoint;
  /** Not the same for two flows to one peer. */
  readonly label: number;
  /** Bytes of a probe. */
  readonly length: number;
}

/**
 * Many flows on one socket that is not connected. A datagram is of the flow whose peer has sent it, and of several to one peer, of
 * that whose label it gives back. What the system tells of a probe is of the flow whose label that has, and of several with one
 * label, of that which knows the probe.
 */
export class FlowSockets {
  readonly #socket: DatagramSocket;
  readonly #labels: FlowLabels;
  /** By the peer's address, then by its port. */
  readonly #peers = new Map<string, Map<number, PeerFlows>>();
  readonly #byLabel = new Map<number, FlowSocket[]>();
  /** How many flows have probes of that length. */
  readonly #lengths = new Map<number, number>();
  readonly #part = new BatchPart();
  /** Of each datagram of a batch, the flow that has not got it yet. */
  readonly #owners: (FlowSocket | undefined)[] = [];
  #foreign = 0;
  #unknown = 0;

  constructor(socket: DatagramSocket, labels: FlowLabels) {
    this.#socket = socket;
    this.#labels = labels;
    socket.onBatch((batch) => this.#deal(batch));
    socket.onStamp((looped, moment, at) => this.#stamp(looped, moment, at));
    socket.onRefused((probe, error) => this.#sender(probe)?.handlers?.onRefused(probe, error));
    socket.onError((error, quoted) => this.#onEarlier(error, quoted));
  }

  /** Datagrams from an address that no flow sends to, or that fit none of several flows to one peer. */
  get foreign(): number {
    return this.#foreign;
  }

  /** Errors that the system reported without saying which datagram they are about. */
  get unknown(): number {
    return this.#unknown;
  }

  /** Datagrams that this host dropped on arrival, of all flows together. */
  dropped(): number | undefined {
    return this.#socket.dropped();
  }

  /** Whether a flow to that peer has the label. */
  hasLabel({ address, port }: Endpoint, label: number): boolean {
    return this.#peers.get(address)?.get(port)?.labelled(label) !== undefined;
  }

  /** The share of one flow. Throws `RangeError` when another flow to that peer has the label. */
  open(address: FlowAddress): ProbeSocket {
    const { peer, label, length } = address;
    if (this.hasLabel(peer, label)) throw new RangeError(`label ${label} is taken at that peer`);
    const flow = new FlowSocket(this.#socket, address, () => this.#forget(flow));
    const ports = entry(this.#peers, peer.address, () => new Map<number, PeerFlows>());
    entry(ports, peer.port, () => new PeerFlows()).add(flow);
    entry(this.#byLabel, label, () => []).push(flow);
    this.#lengths.set(length, (this.#lengths.get(length) ?? 0) + 1);
    return flow;
  }

  close(): void {
    this.#socket.close();
  }

  #forget(flow: FlowSocket): void {
    const { peer, label, length } = flow;
    const ports = this.#peers.get(peer.address);
    if (ports?.get(peer.port)?.remove(flow)) ports.delete(peer.port);
    if (ports?.size === 0) this.#peers.delete(peer.address);
    const namesakes = (this.#byLabel.get(label) as FlowSocket[]).filter((each) => each !== flow);
    if (namesakes.length === 0) this.#byLabel.delete(label);
    else this.#byLabel.set(label, namesakes);
    const others = (this.#lengths.get(length) as number) - 1;
    if (others === 0) this.#lengths.delete(length);
    else this.#lengths.set(length, others);
  }

  #deal(batch: DatagramBatch): void {
    const owners = this.#owners;
    for (let i = 0; i < batch.count; i++) owners[i] = this.#ownerOf(batch.source(i), batch.payload(i));
    for (let i = 0; i < batch.count; i++) {
      const flow = owners[i];
      if (flow === undefined) continue;
      this.#part.begin(batch);
      for (let other = i; other < batch.count; other++) {
        if (owners[other] !== flow) continue;
        owners[other] = undefined;
        this.#part.add(other);
      }
      flow.handlers?.onBatch(this.#part, false);
    }
  }

  #ownerOf({ address, port }: Endpoint, payload: Uint8Array): FlowSocket | undefined {
    const flows = this.#peers.get(address)?.get(port);
    // All that comes from the peer of one flow goes to that flow, which decides what is foreign.
    const owner = flows?.only ?? (flows && this.#repliedOf(flows, payload));
    if (owner === undefined) this.#foreign++;
    return owner;
  }

  /** Which of the flows to one peer a reply is for. Where a server does not return the label, the sender's number and time in its reply tell. */
  #repliedOf(flows: PeerFlows, payload: Uint8Array): FlowSocket | undefined {
    for (let place = 0, label = 0; label >= 0; place++) {
      label = this.#labels.ofReply(payload, place);
      const flow = flows.labelled(label);
      if (flow !== undefined) return flow;
    }
    return flows.find((flow) => flow.handlers?.isReply(payload) === true);
  }

  #stamp(looped: Uint8Array, moment: SendMoment, at: Instant): void {
    for (const length of this.#lengths.keys()) {
      const begin = looped.length - length;
      if (begin < 0) continue;
      const flow = this.#senderOf(looped, begin, length);
      if (flow === undefined) continue;
      flow.onStamped(looped, moment, at);
      return;
    }
  }

  #sender(probe: Uint8Array): FlowSocket | undefined {
    return this.#senderOf(probe, 0, probe.length);
  }

  /** The flow that has sent the probe of `length` bytes which begins at `begin`. */
  #senderOf(bytes: Uint8Array, begin: number, length: number): FlowSocket | undefined {
    const flows = this.#byLabel.get(this.#labels.ofProbe(bytes, begin));
    if (flows === undefined) return undefined;
    if (flows.length === 1) return flows[0]?.length === length ? flows[0] : undefined;
    const probe = bytes.subarray(begin);
    return flows.find((flow) => flow.length === length && flow.handlers?.isProbe(probe));
  }

  /** An ICMP message quotes the beginning of a datagram, as a rule with the label. */
  #onEarlier(error: Error, quoted: Uint8Array | undefined): void {
    const flows = quoted === undefined ? undefined : this.#byLabel.get(this.#labels.ofProbe(quoted, 0));
    const flow =
      flows?.length === 1 ? flows[0] : flows?.find(({ handlers }) => handlers?.isProbe(quoted as Uint8Array));
    if (flow === undefined) this.#unknown++;
    else flow.handlers?.onError(error, quoted);
  }
}

/** The flows to one peer. */
class PeerFlows {
  readonly #byLabel = new Map<number, FlowSocket>();
  #only: FlowSocket | undefined;

  /** The one that there is; undefined where there are several. */
  get only(): FlowSocket | undefined {
    return this.#only;
  }

  labelled(label: number): FlowSocket | undefined {
    return this.#byLabel.get(label);
  }

  find(isMeant: (flow: FlowSocket) => boolean): FlowSocket | undefined {
    for (const flow of this.#byLabel.values()) if (isMeant(flow)) return flow;
    return undefined;
  }

  add(flow: FlowSocket): void {
    this.#byLabel.set(flow.label, flow);
    this.#count();
  }

  /** Returns whether it was the last. */
  remove(flow: FlowSocket): boolean {
    this.#byLabel.delete(flow.label);
    this.#count();
    return this.#byLabel.size === 0;
  }

  #count(): void {
    const [first] = this.#byLabel.values();
    this.#only = this.#byLabel.size === 1 ? first : undefined;
  }
}

/** One flow's share of a socket. */
class FlowSocket implements ProbeSocket, FlowAddress {
  readonly current: DatagramSocket;
  readonly peer: Endpoint;
  readonly label: number;
  readonly length: number;
  /** Undefined before it begins to listen, and once it is closed. */
  handlers: ProbeSocketHandlers | undefined;
  onStamped: SendStampHandler = () => {};
  readonly #forget: () => void;
  #isClosed = false;

  constructor(socket: DatagramSocket, { peer, label, length }: FlowAddress, forget: () => void) {
    this.current = socket;
    this.peer = peer;
    this.label = label;
    this.length = length;
    this.#forget = forget;
  }

  get backlog(): number {
    return this.current.backlog;
  }

  begin(handlers: ProbeSocketHandlers): void {
    this.handlers = handlers;
  }

  onStamp(handler: SendStampHandler): void {
    this.onStamped = handler;
  }

  send(probe: Uint8Array): void {
    if (!this.#isClosed) this.current.send(probe, this.peer);
  }

  /** A datagram that was dropped belongs to no flow that is known: `FlowSockets.dropped` counts those of all flows. */
  dropped(): undefined {
    return undefined;
  }

  /** The system knows it of a connected socket alone. */
  pathMtuBytes(): undefined {
    return undefined;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.handlers = undefined;
    this.#forget();
  }
}

/** What a map has for a key, made where it has nothing. */
function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
