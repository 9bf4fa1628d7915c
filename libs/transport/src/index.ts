export type { Endpoint, Family } from './address';
export { endpointText } from './address';
export type { Clock, Timer } from './clock';
export { codeOf, NeedsLinuxError, sendError, TransportError } from './errors';
export type { IcmpMessage } from './icmp';
export { IcmpError, TooLargeError } from './icmp';
export type { BoundDescriptor } from './linux/open-datagrams';
export type { ThreadSide } from './linux/thread-main';
export { runThread } from './linux/thread-main';
export { isSameAddress } from './names';
export type { Spin, TransportChoice } from './open-transport';
export { openTransport, turnedTransport } from './open-transport';
export { portableTransport } from './portable/portable-transport';
export type {
  ConnectOptions,
  DatagramBatch,
  DatagramOptions,
  DatagramSocket,
  EarlierHandler,
  Listener,
  Offload,
  PathState,
  RefusalHandler,
  SendMoment,
  SendOutcome,
  SendStampHandler,
  StreamSocket,
  Thread,
  Threads,
  TimestampSource,
  Transport,
} from './transport';
