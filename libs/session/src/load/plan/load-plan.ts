import { EXTENSION_VERSION, FEATURES, type Parameters } from '@pathgauge/protocol';
import type { Direction, LoadSettings } from '@pathgauge/result';
import { bitsPerSecond, NS_PER_S, rateOf, type Span, seconds, spacingOf, span } from '@pathgauge/units';
import type { LoadOptions } from './load-options';
import { plannedMessages } from './pace';

/** What a test may last whose client names no time. */
const MAX_DURATION: Span = seconds(86_400);
/** A client that outstays what it asked for by this much, and a slow path's drain, is not coming back. */
const MAX_OVERTIME: Span = seconds(30);
/** A plain client's clock starts later than the sender's, by the way there, and it hangs up itself. */
const SENDER_SLACK: Span = seconds(1);

/** What one load test is to do: the same at both ends, whoever asked for it. Plain data. */
export interface LoadPlan {
  readonly protocol: 'tcp' | 'udp';
  readonly direction: Direction;
  /** Bytes of a record or datagram. */
  readonly length: number;
  /** Between messages; undefined: as fast as the path takes them. */
  readonly spacing: Span | undefined;
  /** Messages in all; undefined: the end of the load decides. */
  readonly planned: number | undefined;
  /** How long the load was asked to last; undefined: until the client ends it. */
  readonly asked: Span | undefined;
  /** How long the sender goes on at most; undefined: until it is stopped. */
  readonly duration: Span | undefined;
  readonly counters64Bit: boolean;
  /** Datagrams must not be cut into fragments, whichever end sends. */
  readonly dontFragment: boolean;
  /** The peer leaves the beginning of the load out of what it tells. */
  readonly omits: boolean;
}

/** What a user asks for. */
export function planOfOptions({
  protocol,
  length,
  spacing,
  duration,
  reverse,
  dontFragment,
}: Pick<LoadOptions, 'protocol' | 'length' | 'spacing' | 'duration' | 'reverse' | 'dontFragment'>): LoadPlan {
  return {
    protocol,
    direction: directionOf(reverse),
    length,
    spacing,
    planned: plannedMessages(spacing, duration),
    asked: duration,
    duration,
    counters64Bit: true,
    dontFragment,
    omits: false,
  };
}

/** What a client asks a server for. */
export function planOfRequest(request: Parameters): LoadPlan {
  const { protocol, reverse, length, counters64Bit, dontFragment, omitSeconds } = request;
  const spacing = spacingOfRequest(request);
  const asked = durationOfRequest(request);
  return {
    protocol,
    direction: directionOf(reverse),
    length,
    spacing,
    planned: plannedMessages(spacing, asked),
    asked,
    duration: maxSending(request, spacing, asked),
    counters64Bit,
    dontFragment,
    omits: omitSeconds > 0,
  };
}

/** How a client asks for what it plans. */
export function requestOfPlan({
  protocol,
  direction,
  length,
  spacing,
  asked,
  counters64Bit,
  dontFragment,
}: LoadPlan): Parameters {
  return {
    protocol,
    timeSeconds: Math.ceil((asked ?? 0) / NS_PER_S),
    omitSeconds: 0,
    parallel: 1,
    reverse: direction === 'down',
    bidirectional: false,
    length,
    bandwidth: rateOfPlan(length, spacing) ?? 0,
    counters64Bit,
    dontFragment,
    extension: { version: EXTENSION_VERSION, features: FEATURES, spacingNs: spacing, durationNs: asked },
  };
}

/** What was asked for, as the document tells it; `dscp`: what this end marks what it sends with. */
export const settingsOfPlan = (plan: LoadPlan, dscp: number | undefined): LoadSettings => ({
  lengthBytes: plan.length,
  intervalNs: plan.spacing,
  durationNs: plan.asked,
  bitsPerSecond: rateOfPlan(plan.length, plan.spacing),
  direction: plan.direction,
  dscp,
  dontFragment: plan.protocol === 'udp' ? plan.dontFragment : undefined,
});

/** What a load test is asked for, as its document tells it before it has begun. */
export const loadSettings = (options: LoadOptions): LoadSettings =>
  settingsOfPlan(planOfOptions(options), options.dscp);

/** How long the load may take before the server gives the test up. */
export const maxLoad = ({ asked }: LoadPlan): Span =>
  asked === undefined ? MAX_DURATION : span(Math.min(asked, MAX_DURATION) + MAX_OVERTIME);

const directionOf = (reverse: boolean): Direction => (reverse ? 'down' : 'up');

const rateOfPlan = (length: number, spacing: Span | undefined): number | undefined =>
  spacing === undefined ? undefined : rateOf(length, spacing);

/** A Pathgauge tells its pace exactly; iperf3 in whole bits a second. Undefined: as fast as it goes. */
function spacingOfRequest({ bandwidth, length, extension }: Parameters): Span | undefined {
  if (bandwidth === 0) return undefined;
  return extension?.spacingNs === undefined ? spacingOf(length, bitsPerSecond(bandwidth)) : span(extension.spacingNs);
}

/** Undefined: until the client ends it. */
function durationOfRequest({ timeSeconds, omitSeconds, extension }: Parameters): Span | undefined {
  if (extension?.durationNs !== undefined) return span(extension.durationNs);
  return timeSeconds === 0 ? undefined : seconds(timeSeconds + omitSeconds);
}

/** The client says when it is over; one that has vanished is not sent to for ever. A paced load ends with its plan. */
function maxSending({ extension }: Parameters, spacing: Span | undefined, asked: Span | undefined): Span {
  const longest = span((asked ?? MAX_DURATION) + SENDER_SLACK);
  return extension === undefined && spacing === undefined ? longest : (asked ?? longest);
}
