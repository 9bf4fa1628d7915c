export { describeFailure } from './bytes/decoded';
export { isEcho } from './echo/echo';
export { icmpName, isPortUnreachable, isTooBig, isTtlExceeded, UDP_HEADERS_BYTES } from './icmp/icmp';
export { credentialsFromText, credentialsToText } from './iperf3/auth-token';
export { CLOCK_PACKET_BYTES, readClockRequest, writeClockRequest } from './iperf3/clock-exchange';
export { COOKIE_BYTES, cookieFrom, cookieText, startsCookie } from './iperf3/cookie';
export type { DatagramHeader } from './iperf3/datagram';
export {
  DATAGRAM_HEADER,
  datagramRunLength,
  emptyDatagramHeader,
  readDatagramHeader,
  writeDatagramHeader,
  writeDatagramHeaders,
} from './iperf3/datagram';
export type { Feature, Grant } from './iperf3/extension';
export { EXTENSION_VERSION, FEATURES, grantFromJson, grantToJson, TOKEN_BYTES } from './iperf3/extension';
export type { PathMtuFigures } from './iperf3/icmp-figures';
export {
  decodeJsonBody,
  decodeJsonLength,
  encodeJsonMessage,
  JSON_LENGTH_BYTES,
  MAX_PARAMETERS_BYTES,
  MAX_RESULTS_BYTES,
} from './iperf3/json-message';
export type { JsonObject } from './iperf3/json-schema';
export { LOAD_LIMITS, TCP_LENGTH, UDP_LENGTH } from './iperf3/limits';
export type { Parameters } from './iperf3/parameters';
export { parametersFromJson, parametersToJson } from './iperf3/parameters';
export type { ReportedInterval } from './iperf3/report';
export { MAX_REPORT_BYTES, MAX_REPORTED_INTERVALS, reportFromJson, reportToJson } from './iperf3/report';
export type { Results, StreamReport } from './iperf3/results';
export { resultsFromJson, resultsToJson } from './iperf3/results';
export { describeServerError, SERVER_ERROR_CODE, SERVER_ERROR_WORD_BYTES } from './iperf3/server-error';
export type { State } from './iperf3/state';
export { STATE, stateName } from './iperf3/state';
export type { NotSentFigures, StreamFigures } from './iperf3/stream-figures';
export { figuresFromJson, figuresToJson, NO_RECEIVER_FIGURES } from './iperf3/stream-figures';
export { decodeStreamOpening, encodeStreamOpening, isStreamOpeningAnswer } from './iperf3/stream-opening';
export type { TransitState } from './iperf3/transit-state';
export type { RecordHeader } from './record/record';
export { emptyRecordHeader, MAX_RECORD_BYTES, RECORD_HEADER, writeRecordHeader } from './record/record';
export { RecordReader } from './record/record-reader';
export type { ErrorEstimate } from './stamp/error-estimate';
export { decodeErrorEstimate, encodeErrorEstimate, formatOf } from './stamp/error-estimate';
export type { Reflection, ReflectorPacket } from './stamp/reflector-packet';
export {
  emptyReflectorPacket,
  isHopLimit,
  REFLECTOR_PACKET,
  readReflectorPacket,
  reflectInPlace,
  UNKNOWN_HOP_LIMIT,
} from './stamp/reflector-packet';
export type { SenderPacket, SenderPacketFault } from './stamp/sender-packet';
export {
  emptySenderPacket,
  givesBackTime,
  MIN_REQUEST_BYTES,
  readSenderPacket,
  readSequence,
  SENDER_PACKET,
  writeSenderPacket,
} from './stamp/sender-packet';
export type { TimestampFormat } from './stamp/timestamp';
export { EPOCHS_APART_SECONDS, fractionOf, readTimestamp } from './stamp/timestamp';
export type { TlvFacts } from './stamp/tlv';
export {
  asksForFollowUp,
  CLASS_OF_SERVICE_ROOM,
  emptyReplyTlvs,
  FOLLOW_UP_BYTES,
  readReplyTlvs,
  reflectTlvs,
  TLV_HEADER,
  writeProbeTlvs,
} from './stamp/tlv';
