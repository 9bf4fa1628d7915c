import type { DatagramSocket, Endpoint, Transport } from '@pathgauge/transport';
import { WallMap } from '@pathgauge/units';
import { errorEstimateOf } from '../clock-claim';
import type { HostStalls } from '../host-stalls';
import { randomSsid } from '../random';
import { FlowSockets } from './flow-sockets';
import type { PingOptions } from './ping-options';
import { type FlowHost, type FlowListener, ProbeFlow } from './probe-flow';
import { flowMemory } from './remembered-probes';
import { StampDialect } from './stamp-dialect';
import { STAMP_LABELS } from './stamp-labels';

/** Flows of STAMP probes to many peers, on one socket that is not connected. */
export class StampFlows {
  readonly #host: FlowHost & Pick<Transport, 'isOwnAddress'>;
  readonly #sockets: FlowSockets;
  readonly #stalls: HostStalls;
  readonly #wall: WallMap;

  /** `stalls` are those of the thread that the flows are in. */
  constructor(host: FlowHost & Pick<Transport, 'isOwnAddress'>, socket: DatagramSocket, stalls: HostStalls) {
    this.#host = host;
    this.#sockets = new FlowSockets(socket, STAMP_LABELS);
    this.#stalls = stalls;
    this.#wall = new WallMap(host.clock.anchor());
  }

  /** Datagrams that are of no flow. */
  get foreign(): number {
    return this.#sockets.foreign;
  }

  /** A flow to one more peer, or one more to a peer: each has an SSID of its own. */
  open(options: PingOptions, peer: Endpoint, listener: FlowListener): ProbeFlow {
    const ssid = this.#freeSsid(peer);
    const wall = this.#wall;
    const identity = { ssid, errorEstimate: errorEstimateOf(wall.anchor, 'ntp'), dscp: options.dscp };
    const dialect = new StampDialect(wall, identity, options.length, flowMemory(options).buffers);
    const socket = this.#sockets.open({ peer, label: ssid, length: options.length });
    const isSameHost = this.#host.isOwnAddress(peer.address);
    return new ProbeFlow(
      options,
      this.#host,
      { socket, peer, dialect, wall, isSameHost, stalls: this.#stalls },
      listener,
    );
  }

  close(): void {
    this.#sockets.close();
  }

  #freeSsid(peer: Endpoint): number {
    const ssid = randomSsid();
    return this.#sockets.hasLabel(peer, ssid) ? this.#freeSsid(peer) : ssid;
  }
}
