import type { SessionEvent } from '@pathgauge/result';
import type { DatagramSocket, Endpoint, Transport } from '@pathgauge/transport';
import { WallMap } from '@pathgauge/units';
import { errorEstimateOf } from '../src/clock-claim';
import { HostStalls } from '../src/host-stalls';
import type { PingOptions } from '../src/ping/ping-options';
import { ProbeFlow } from '../src/ping/probe-flow';
import type { ProbeSocket } from '../src/ping/probe-socket';
import { flowMemory } from '../src/ping/remembered-probes';
import { StampDialect } from '../src/ping/stamp-dialect';
import { Reflector } from '../src/reflect/reflector';
import { usualProbes } from './usual-probes';

/** A flow, and what it has told. */
export interface FlowUnderTest {
  readonly flow: ProbeFlow;
  readonly dialect: StampDialect;
  readonly events: SessionEvent[];
  readonly notices: string[];
  readonly isOver: () => boolean;
}

/** A flow of probes with that SSID through a socket that talks to `peer`. */
export function flowOver(
  host: Transport,
  socket: ProbeSocket,
  peer: Endpoint,
  ssid: number,
  asked: Partial<PingOptions> = {},
): FlowUnderTest {
  const options = { ...usualProbes(peer.address, peer.port), ...asked };
  const wall = new WallMap(host.clock.anchor());
  const identity = { ssid, errorEstimate: errorEstimateOf(wall.anchor, 'ntp'), dscp: options.dscp };
  const dialect = new StampDialect(wall, identity, options.length, flowMemory(options).buffers);
  const events: SessionEvent[] = [];
  const notices: string[] = [];
  let isOver = false;
  const parts = { socket, peer, dialect, wall, isSameHost: false, stalls: new HostStalls() };
  const flow = new ProbeFlow(options, host, parts, {
    onBegin: () => {},
    onEvent: (event) => events.push(event),
    onNotice: (code) => notices.push(code),
    onOver: () => {
      isOver = true;
    },
  });
  return { flow, dialect, events, notices, isOver: () => isOver };
}

/** Has a host answer probes. `change` may alter a reply before it leaves, or return what leaves instead. */
export async function answerProbes(
  server: Transport,
  port: number,
  change: (reply: Uint8Array) => Uint8Array = (reply) => reply,
): Promise<DatagramSocket> {
  const reflector = new Reflector(server.clock, () => {});
  const socket = await server.bindDatagrams({ bind: { port } });
  socket.onBatch((batch) => {
    for (let i = 0; i < batch.count; i++) {
      const payload = batch.payload(i);
      if (reflector.reflect(payload, batch.source(i), batch.arrival(i)) !== undefined) batch.reply(i, change(payload));
    }
  });
  return socket;
}
