export type { Distribution } from './distribution';
export type {
  ClientEvent,
  Endpoint,
  IntervalEvent,
  ListeningEvent,
  NoticeEvent,
  ProbeEvent,
  ServerEvent,
  ServerTotals,
  SessionEvent,
  StartEvent,
  StoppedEvent,
  SummaryEvent,
} from './events';
export type {
  ByDirection,
  ClockEstimate,
  Direction,
  Interval,
  Jitter,
  LossBursts,
  OneWayDelay,
  OwdBasis,
  Peer,
  ProbeCounts,
  Rate,
  Result,
  Runner,
  Settings,
  StreamResult,
  TransportUse,
} from './result';
export { INTERRUPTED, SCHEMA_VERSION } from './result';
