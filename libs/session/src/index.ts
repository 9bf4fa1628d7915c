export { load } from './load/client-test';
export { type LoadOptions, loadSettings } from './load/load-options';
export {
  DATAGRAM_BYTES,
  DEFAULT_MARKED_PROBE_BYTES,
  DEFAULT_PROBE_BYTES,
  PROBE_BYTES,
  RECORD_BYTES,
} from './message-lengths';
export { ping } from './ping/ping';
export { type PingOptions, pingSettings } from './ping/ping-options';
export { portHandover } from './port-handover';
export { type ServeOptions, serve } from './serve';
export { runSessionThread } from './thread-roles';
