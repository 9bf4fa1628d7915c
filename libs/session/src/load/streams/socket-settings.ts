import type { DatagramOptions, RoleTransport, StreamSettings } from '@pathgauge/transport';
import type { SocketPlan } from '../plan/socket-plan';

/** What one end sets on a connection of the load. The size of segments has been agreed on when it was opened. */
export const streamSettings = (
  sockets: SocketPlan,
  isSending: boolean,
  kind: RoleTransport['kind'],
): StreamSettings => ({
  windowBytes: sockets.windowBytes,
  // As iperf3 does: also where only acknowledgements are sent.
  congestion: sockets.congestion,
  // Connections begin without a delay, which records need: it is never switched on.
  noDelay: sockets.noDelay || undefined,
  trafficClass: marks(isSending, kind) ? sockets.trafficClass : undefined,
  pacingBytesPerSecond: isSending ? sockets.pacingBytesPerSecond : undefined,
});

/** What one end sets on a socket of datagrams. */
export const datagramSettings = (
  sockets: SocketPlan,
  isSending: boolean,
  kind: RoleTransport['kind'],
): DatagramOptions => ({
  windowBytes: sockets.windowBytes,
  trafficClass: marks(isSending, kind) ? sockets.trafficClass : undefined,
  pacingBytesPerSecond: isSending ? sockets.pacingBytesPerSecond : undefined,
  dontFragment: isSending && sockets.dontFragment,
});

/** A server that receives is not asked whether it can: it marks what it answers where it can. */
const marks = (isSending: boolean, kind: RoleTransport['kind']): boolean => isSending || kind === 'linux';
