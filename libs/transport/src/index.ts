export type { Endpoint, Family } from './address';
export { endpointText } from './address';
export type { Clock, Timer } from './clock';
export { codeOf, NeedsLinuxError, sendError, TransportError } from './errors';
export { handledElsewhere } from './handled-elsewhere';
export type { IcmpMessage } from './icmp';
export { IcmpError, TooLargeError } from './icmp';
export { startInProcess } from './in-process-role';
export { runThread } from './linux/thread-main';
export { isSameAddress } from './names';
export type { Spin, TransportChoice } from './open-transport';
export { openTransport, turnedTransport } from './open-transport';
export { portableTransport } from './portable/portable-transport';
export type {
  BoundAddress,
  BoundSocket,
  HandedStream,
  Role,
  RoleHandle,
  RoleSide,
  RoleTransport,
} from './role';
export type { Granted, ProcessorTime, StreamSettings } from './settings';
export { NOTHING_TOLD } from './settings';
export type {
  ConnectOptions,
  DatagramBatch,
  DatagramOptions,
  DatagramSocket,
  Discard,
  EarlierHandler,
  Listener,
  Offload,
  PathState,
  RefusalHandler,
  SendMoment,
  SendOutcome,
  SendStampHandler,
  StreamSocket,
  TimestampSource,
} from './sockets';
export { MIN_DISCARDED_BYTES } from './sockets';
export type { InProcessTransport, Transport } from './transport';
