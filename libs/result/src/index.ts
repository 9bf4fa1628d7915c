export type { Distribution } from './distribution';
export type {
  ClientEvent,
  Endpoint,
  ErrorEvent,
  IgnoredDatagrams,
  IgnoredReason,
  InterimEvent,
  IntervalEvent,
  ListeningEvent,
  NoticeEvent,
  ProbeEvent,
  RoundTripEvent,
  ServerEvent,
  ServerTotals,
  SessionEvent,
  StartEvent,
  StoppedEvent,
  SummaryEvent,
  TotalsEvent,
  UserStamp,
} from './events';
export type { ErrorCode, RunError, RunFrame } from './failure';
export { errorCodeOf, errorOf, failedResult, UNKNOWN_PEER, UNKNOWN_SETTINGS, UNKNOWN_TRANSPORT } from './failure';
export { peerText } from './peer-text';

export type {
  CountRange,
  ForeignReplies,
  ForeignReply,
  LossBursts,
  ProbeCounts,
  ReorderExtent,
} from './probe-counts';
export type {
  Bounds,
  ByDirection,
  ClockEstimate,
  Direction,
  HostStalls,
  IcmpCount,
  Interval,
  Jitter,
  Marking,
  Notice,
  OneWayDelay,
  OwdBasis,
  PathMtu,
  Peer,
  Rate,
  Result,
  Runner,
  Schedule,
  Settings,
  StreamResult,
  TransportUse,
  UserStamped,
  VoiceEstimate,
  VoiceQuality,
} from './result';
export { INTERRUPTED, NOT_ALL_SENT, SCHEMA_VERSION } from './result';
export type { ErrorNoticeEvent } from './wording';
export { NOBODY_LISTENS } from './wording';
