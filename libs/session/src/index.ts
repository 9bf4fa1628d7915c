export { LOAD_LIMITS } from '@pathgauge/protocol';
export { openGuard } from './load/authentication/guard';
export { openLogin } from './load/authentication/login';
export { load } from './load/load';
export type { LoadOptions } from './load/plan/load-options';
export { loadSettings } from './load/plan/load-settings';
export { PLAIN_SOCKETS } from './load/plan/socket-plan';
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
