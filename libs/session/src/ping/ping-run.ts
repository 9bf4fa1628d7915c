import { INTERRUPTED, NOT_ALL_SENT, type Peer, peerText, type SessionEvent, type StartEvent } from '@pathgauge/result';
import type { RoleTransport } from '@pathgauge/transport';
import { WallMap } from '@pathgauge/units';
import { errorEstimateOf } from '../clock-claim';
import { HostStalls, StallWatch } from '../host-stalls';
import { Notices } from '../notices';
import { deferred } from '../promises';
import { randomSsid } from '../random';
import { type Choice, choiceNotice, movedText, silenceNotice } from '../reach/reach-text';
import { foreignRepliesText } from './foreign-replies';
import { type PingOptions, pingSettings } from './ping-options';
import { pingResult } from './ping-result';
import { type FlowListener, ProbeFlow } from './probe-flow';
import { openSocket, type Reached } from './reach';
import { flowMemory } from './remembered-probes';
import { RoamingSocket } from './roaming-socket';
import { StampDialect } from './stamp-dialect';
import { transportUse } from './transport-use';

/** What a run of probes needs of the transport. */
type PingHost = RoleTransport;

/** A run of one flow of probes, to a peer that was reached. What happens is told to `onEvent`; the last event is the summary. */
export class PingRun {
  readonly #options: PingOptions;
  readonly #host: PingHost;
  readonly #reached: Reached;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #socket: RoamingSocket;
  readonly #flow: ProbeFlow;
  readonly #notices: Notices;
  readonly #stalls = new HostStalls();
  readonly #stallWatch: StallWatch;
  readonly #startedAt = new Date();
  readonly #over = deferred();

  constructor(options: PingOptions, host: PingHost, reached: Reached, onEvent: (event: SessionEvent) => void) {
    this.#options = options;
    this.#host = host;
    this.#reached = reached;
    this.#onEvent = onEvent;
    this.#notices = new Notices(onEvent);
    this.#stallWatch = new StallWatch(host, this.#stalls);
    const { peer } = reached;
    this.#socket = new RoamingSocket(host, reached.socket, {
      peer,
      isBound: options.bind !== undefined,
      timeout: options.timeout,
      open: () => openSocket(options, host, peer),
      onMoved: this.#onMoved,
    });
    const wall = new WallMap(host.clock.anchor());
    const parts = {
      socket: this.#socket,
      peer,
      dialect: stampDialectOf(options, wall),
      wall,
      isSameHost: host.isOwnAddress(peer.address),
      stalls: this.#stalls,
    };
    this.#flow = new ProbeFlow(options, host, parts, this.#listener());
  }

  /** Resolves when the summary has been told. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  begin(): void {
    this.#onEvent(this.#startEvent());
    this.#notices.add(choiceNotice(this.#options.host, this.#choice));
    this.#flow.begin();
  }

  /** Tells the figures so far. */
  reportInterim(): void {
    const { sent, received, lost, rtt } = this.#flow.interim();
    const settled = received + lost;
    const lossRatio = settled === 0 ? undefined : lost / settled;
    this.#onEvent({ type: 'interim', of: 'ping', counts: { sent, received, lost, lossRatio }, rtt });
  }

  /** Sends no more; replies under way get a moment to come in. */
  interrupt(): void {
    this.#flow.interrupt();
  }

  release(): void {
    this.#stallWatch.end();
    this.#flow.release();
  }

  #listener(): FlowListener {
    return {
      onBegin: () => this.#stallWatch.begin(),
      onEvent: this.#onEvent,
      onNotice: (code, message) => this.#notices.note(code, message),
      onOver: () => this.#finish(),
    };
  }

  readonly #onMoved = (from: string, to: string): void => {
    this.#flow.loseReflector();
    this.#notices.note('address-changed', movedText(from, to));
  };

  #finish(): void {
    this.#noteForeign();
    if (!this.#flow.isAnswered) this.#notices.add(silenceNotice(this.#options.host, this.#choice));
    this.#onEvent({ type: 'summary', result: this.#result() });
    this.release();
    this.#over.resolve();
  }

  #noteForeign(): void {
    const foreign = this.#flow.foreignReplies();
    if (foreign === undefined) return;
    const isKnown = this.#flow.protocol !== undefined;
    const message = foreignRepliesText(foreign, peerText(this.#peer), isKnown);
    this.#notices.note(isKnown ? 'strays' : 'not-stamp', message, foreign.count);
  }

  #startEvent(): StartEvent {
    return {
      type: 'start',
      runner: 'udp-client',
      kind: 'ping',
      peer: this.#peer,
      transport: transportUse(this.#host, this.#socket.current),
      settings: pingSettings(this.#options),
    };
  }

  #result() {
    // A stall that is still under way is seen before.
    this.#stallWatch.look();
    const { isInterrupted, isShort } = this.#flow;
    return pingResult({
      ...this.#flow.figures(),
      startedAt: this.#startedAt,
      reason: isInterrupted ? INTERRUPTED : isShort ? NOT_ALL_SENT : undefined,
      notices: this.#notices.list(),
      peer: this.#peer,
      transport: transportUse(this.#host, this.#socket.current, this.#flow.programStamps()),
      settings: pingSettings(this.#options),
      metrics: this.#options.metrics,
    });
  }

  get #choice(): Choice {
    return { ...this.#reached, address: this.#reached.peer.address };
  }

  get #peer(): Peer {
    return { host: this.#options.host, ...this.#reached.peer, protocol: this.#flow.protocol };
  }
}

/** A flow's own SSID, random so that nobody else at the peer has it. */
function stampDialectOf(options: PingOptions, wall: WallMap): StampDialect {
  const identity = { ssid: randomSsid(), errorEstimate: errorEstimateOf(wall.anchor, 'ntp'), dscp: options.dscp };
  return new StampDialect(wall, identity, options.length, flowMemory(options).buffers);
}
