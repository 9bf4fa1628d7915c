import { EXTENSION_VERSION, FEATURES, type Parameters } from '@pathgauge/protocol';
import type { Direction } from '@pathgauge/result';
import { bitsPerSecond, NS_PER_S, rateOf, type Span, seconds, spacingOf, span } from '@pathgauge/units';
import type { LoadAmount } from './load-amount';
import type { LoadOptions } from './load-options';
import type { LoadShape } from './load-shape';

/** What a test may last whose client names no time. */
export const MAX_DURATION: Span = seconds(86_400);
/** A client that outstays what it asked for by this much, and a slow path's drain, is not coming back. */
const MAX_OVERTIME: Span = seconds(30);
/** A plain client's clock starts later than the sender's, by the way there, and it hangs up itself. */
const SENDER_SLACK: Span = seconds(1);

/** What one load test is to do: the same at both ends, whoever asked for it. Plain data. */
export interface LoadPlan extends LoadShape {
  /** How long the load was asked to last; undefined: until the client ends it. */
  readonly asked: Span | undefined;
  /** How long the sender goes on at most; undefined: until it is stopped. */
  readonly duration: Span | undefined;
  readonly counters64Bit: boolean;
  /** The payload may be compressed on the way. */
  readonly repeatingPayload: boolean;
}

/** What a user asks for. */
export const planOfOptions = (options: LoadShape & Pick<LoadOptions, 'duration'>): LoadPlan => ({
  protocol: options.protocol,
  directions: options.directions,
  parallel: options.parallel,
  length: options.length,
  spacing: options.spacing,
  burst: options.burst,
  amount: options.amount,
  omit: options.omit,
  asked: options.duration,
  duration: options.duration,
  counters64Bit: true,
  repeatingPayload: false,
  sockets: options.sockets,
});

/** What a client asks a server for. */
export function planOfRequest(request: Parameters): LoadPlan {
  const { protocol, length, counters64Bit, parallel, burst } = request;
  const spacing = spacingOfRequest(request);
  const amount = amountOfRequest(request);
  const asked = durationOfRequest(request);
  return {
    protocol,
    directions: directionsOf(request),
    parallel,
    length,
    spacing,
    burst,
    amount,
    omit: omitOfRequest(request),
    asked,
    duration: maxSending(request, spacing, asked),
    counters64Bit,
    repeatingPayload: request.repeatingPayload,
    sockets: {
      windowBytes: request.windowBytes,
      mssBytes: request.mssBytes,
      congestion: request.congestion,
      noDelay: request.noDelay,
      pacingBytesPerSecond: request.pacingBitsPerSecond === undefined ? undefined : request.pacingBitsPerSecond / 8,
      trafficClass: request.trafficClass,
      dontFragment: request.dontFragment,
    },
  };
}

/** What a client asks for that is no part of what both ends plan. */
type FurtherAsks = Pick<Parameters, 'getServerOutput' | 'authToken'>;

const NOTHING_MORE: FurtherAsks = { getServerOutput: false, authToken: undefined };

/** How a client asks for what it plans. */
export function requestOfPlan(plan: LoadPlan, further = NOTHING_MORE, reportInterval?: Span): Parameters {
  const { length, spacing, asked, omit, amount, sockets } = plan;
  return {
    protocol: plan.protocol,
    sctp: false,
    timeSeconds: Math.ceil((asked ?? 0) / NS_PER_S),
    omitSeconds: Math.ceil(omit / NS_PER_S),
    bytes: amount?.bytes,
    blocks: undefined,
    parallel: plan.parallel,
    reverse: plan.directions[0] === 'down',
    bidirectional: plan.directions.length > 1,
    length,
    bandwidth: rateOfPlan(plan) ?? 0,
    burst: plan.burst,
    counters64Bit: plan.counters64Bit,
    windowBytes: sockets.windowBytes,
    mssBytes: sockets.mssBytes,
    congestion: sockets.congestion,
    noDelay: sockets.noDelay,
    pacingBitsPerSecond: sockets.pacingBytesPerSecond === undefined ? undefined : sockets.pacingBytesPerSecond * 8,
    trafficClass: sockets.trafficClass,
    flowLabel: undefined,
    repeatingPayload: plan.repeatingPayload,
    ...further,
    dontFragment: sockets.dontFragment,
    extension: {
      version: EXTENSION_VERSION,
      features: FEATURES,
      spacingNs: spacing,
      durationNs: asked,
      ...(omit === 0 ? {} : { omitNs: omit }),
      ...(reportInterval === undefined ? {} : { reportIntervalNs: reportInterval }),
    },
  };
}

/** How long the load may take before the server gives the test up. */
export const maxLoad = ({ asked, omit }: LoadPlan): Span =>
  asked === undefined ? MAX_DURATION : span(Math.min(omit + asked, MAX_DURATION) + MAX_OVERTIME);

/** Bits a second of each stream; undefined: not paced. */
export const rateOfPlan = ({ length, spacing }: Pick<LoadPlan, 'length' | 'spacing'>): number | undefined =>
  spacing === undefined ? undefined : rateOf(length, spacing);

function directionsOf({ reverse, bidirectional }: Parameters): readonly Direction[] {
  if (bidirectional) return ['up', 'down'];
  return [reverse ? 'down' : 'up'];
}

/** A Pathgauge tells its pace exactly; iperf3 in whole bits a second. Undefined: as fast as it goes. */
function spacingOfRequest({ bandwidth, length, extension }: Parameters): Span | undefined {
  if (bandwidth === 0) return undefined;
  return extension?.spacingNs === undefined ? spacingOf(length, bitsPerSecond(bandwidth)) : span(extension.spacingNs);
}

/**
 * A client that asks for an amount and a time, too, has both end it. A plain client that receives datagrams ends the test when so
 * much has arrived: of what is lost on the way it must be sent more.
 */
function amountOfRequest(request: Parameters): LoadAmount | undefined {
  const { protocol, bytes, blocks, length, reverse, bidirectional, extension } = request;
  if (protocol === 'udp' && (reverse || bidirectional) && extension === undefined) return undefined;
  if (bytes !== undefined) return { bytes };
  return blocks === undefined ? undefined : { bytes: blocks * length };
}

const omitOfRequest = ({ omitSeconds, extension }: Parameters): Span =>
  extension?.omitNs === undefined ? seconds(omitSeconds) : span(extension.omitNs);

/** Undefined: until the client ends it. */
function durationOfRequest({ timeSeconds, extension }: Parameters): Span | undefined {
  if (extension?.durationNs !== undefined) return span(extension.durationNs);
  return timeSeconds === 0 ? undefined : seconds(timeSeconds);
}

/** The client says when it is over; one that has vanished is not sent to for ever. A paced load ends with its plan. */
function maxSending({ extension }: Parameters, spacing: Span | undefined, asked: Span | undefined): Span {
  const longest = span((asked ?? MAX_DURATION) + SENDER_SLACK);
  return extension === undefined && spacing === undefined ? longest : (asked ?? longest);
}
