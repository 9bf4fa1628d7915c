import type { DatagramOptions, StreamSettings } from '@pathgauge/transport';
import type { SocketPlan } from '../plan/socket-plan';

/** What one end sets on a connection of the load. */
export const streamSettings = (sockets: SocketPlan, isSending: boolean): StreamSettings => ({
  windowBytes: sockets.windowBytes,
  mssBytes: sockets.mssBytes,
  // A receiver's is told at the end, as iperf3 tells it.
  congestion: sockets.congestion,
  // Connections begin without a delay, which records need: it is never switched on.
  noDelay: sockets.noDelay || undefined,
  trafficClass: sockets.trafficClass,
  pacingBytesPerSecond: isSending ? sockets.pacingBytesPerSecond : undefined,
});

/** What one end sets on a socket of datagrams. */
export const datagramSettings = (sockets: SocketPlan, isSending: boolean): DatagramOptions => ({
  windowBytes: sockets.windowBytes,
  trafficClass: sockets.trafficClass,
  pacingBytesPerSecond: isSending ? sockets.pacingBytesPerSecond : undefined,
  dontFragment: isSending && sockets.dontFragment,
});
