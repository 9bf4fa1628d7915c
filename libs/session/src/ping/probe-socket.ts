import type {
  DatagramBatch,
  DatagramSocket,
  EarlierHandler,
  RefusalHandler,
  SendStampHandler,
} from '@pathgauge/transport';

/** What arrives. `isFormer`: at a socket that nothing is sent from any more. */
export type ProbeBatchHandler = (batch: DatagramBatch, isFormer: boolean) => void;

export interface ProbeSocketHandlers {
  onBatch: ProbeBatchHandler;
  onError: EarlierHandler;
  onRefused: RefusalHandler;
  /** Whether `bytes` are a probe of the flow, or how one begins. Asked where several flows may be meant. */
  isProbe(bytes: Uint8Array): boolean;
  /** Whether a datagram answers a probe of the flow. Asked likewise. */
  isReply(bytes: Uint8Array): boolean;
}

/**
 * What a flow sends its probes by, and hears of them: a socket of its own, several one after the other, or its share of one that
 * many flows have together. All that comes is from the flow's peer.
 */
export interface ProbeSocket {
  /** The system's socket that is sent from. */
  readonly current: Pick<DatagramSocket, 'offloads' | 'receiveBufferBytes' | 'sendTimestamps' | 'receiveTimestamps'>;
  /** Probes handed over that the system has not taken yet. */
  readonly backlog: number;
  /** Begins to listen. */
  begin(handlers: ProbeSocketHandlers): void;
  onStamp(handler: SendStampHandler): void;
  send(probe: Uint8Array): void;
  /** What this host has dropped of what arrived; undefined where the system does not tell. */
  dropped(): number | undefined;
  /** What the system takes the path's MTU to be; undefined where it does not tell. */
  pathMtuBytes(): number | undefined;
  close(): void;
}
