// Every schema of a thing that has a name, for those who read documents or describe them.

export { CpuSchema, CpuUseSchema } from './cpu';
export { DatagramCountsSchema, OneWayCountsSchema } from './datagram-counts';
export { DistributionSchema } from './distribution';
export {
  IntervalSchema,
  LoadJitterSchema,
  LoadResultSchema,
  LoadSettingsSchema,
  LoadTransportSchema,
  MeasuredLoadTransportSchema,
  StreamResultSchema,
} from './load-result';
export { BoundsSchema, ClockEstimateSchema, OneWayDelaySchema, OwdBasisSchema } from './one-way-delay';
export { DirectionSchema, IcmpCountSchema, MarkingSchema, PathMtuSchema } from './path';
export {
  JitterSchema,
  MeasuredPingTransportSchema,
  PingResultSchema,
  PingSettingsSchema,
  PingTransportSchema,
  ScheduleSchema,
  UserStampedSchema,
} from './ping-result';
export {
  CountRangeSchema,
  ForeignRepliesSchema,
  LossBurstsSchema,
  ProbeCountsSchema,
  ReorderExtentSchema,
} from './probe-counts';
export { RateSchema } from './rate';
export { NoRunResultSchema, ResultSchema } from './result';
export { HostStallsSchema, MeasuredPeerSchema, NoticeSchema, PeerSchema, RunnerSchema } from './run';
export { ErrorCodeSchema, RunErrorSchema } from './run-error';
export {
  ClientEventSchema,
  EndpointSchema,
  ListenerSchema,
  ListeningEventSchema,
  ServerTotalsSchema,
  StoppedEventSchema,
} from './server-events';
export { ServerOutputSchema } from './server-output';
export {
  ErrorEventSchema,
  IntervalEventSchema,
  LoadStartEventSchema,
  NoticeEventSchema,
  PingStartEventSchema,
  ProbeEventSchema,
  StartEventSchema,
  SummaryEventSchema,
} from './session-events';
export { VoiceEstimateSchema, VoiceQualitySchema } from './voice';
export { WrittenEventSchema } from './written-event';
