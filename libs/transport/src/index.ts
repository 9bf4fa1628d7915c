export type { Endpoint, Family } from './address';
export { endpointText } from './address';
export type { Clock, Timer } from './clock';
export { codeOf, TransportError, transportError } from './errors';
export { portableTransport } from './portable/portable-transport';
export type {
  ConnectOptions,
  DatagramBatch,
  DatagramOptions,
  DatagramSocket,
  Listener,
  StreamSocket,
  TimestampSource,
  Transport,
} from './transport';
