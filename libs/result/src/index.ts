export { INTERRUPTED, LONGER_BURSTS, MAX_COUNTED_BURST, NOT_ALL_SENT, SCHEMA_VERSION } from './constants';
export type { Cpu, CpuUse } from './cpu';
export type { DatagramCounts, OneWayCounts } from './datagram-counts';
export type { Distribution } from './distribution';
export type { DistributionState } from './distribution-state';
export type { AskedRun, RunFrame } from './failed-result';
export { failedResult, frameOf } from './failed-result';
export { errorCodeOf, errorOf } from './failure';
export type {
  Interval,
  LoadJitter,
  LoadResult,
  LoadResultJson,
  LoadSettings,
  LoadTransport,
  StreamResult,
} from './load-result';
export type { Bounds, ClockEstimate, OneWayDelay, OwdBasis } from './one-way-delay';
export type { ByDirection, Direction, IcmpCount, Marking, PathMtu } from './path';
export { peerText } from './peer-text';

export type {
  Jitter,
  PingResult,
  PingResultJson,
  PingSettings,
  PingTransport,
  Schedule,
  UserStamped,
} from './ping-result';
export type {
  CountRange,
  ForeignReplies,
  ForeignReply,
  LossBursts,
  ProbeCounts,
  ReorderExtent,
} from './probe-counts';
export type { Rate } from './rate';
export type { Read } from './read';
export { readEvent, readResult } from './read';
export type { Result, ResultJson, RunResult } from './result';
export type { HostStalls, MeasuredPeer, Notice, Peer, Runner } from './run';
export type { RunError } from './run-error';
export * as schemas from './schemas';
export type {
  ClientEvent,
  IgnoredDatagrams,
  IgnoredReason,
  ServerEvent,
  ServerTotals,
  TotalsEvent,
} from './server-events';
export type { ServerOutput } from './server-output';
export type {
  ErrorEvent,
  InterimEvent,
  LoadStartEvent,
  NoticeEvent,
  PingStartEvent,
  ProbeEvent,
  RoundTripEvent,
  SessionEvent,
  StartEvent,
  SummaryEvent,
  UserStamp,
} from './session-events';
export type { VoiceEstimate, VoiceQuality } from './voice';
export type { ErrorNoticeEvent } from './wording';
export { NOBODY_LISTENS } from './wording';
export type { EventJson } from './written-event';
