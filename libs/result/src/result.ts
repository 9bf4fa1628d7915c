import type { Distribution } from './distribution';
import type { RunError } from './failure';
import type { ForeignReplies, LossBursts, ProbeCounts } from './probe-counts';

/** The version of the document. It changes when a field changes meaning; fields may be added without a change. */
export const SCHEMA_VERSION = 1;

export type Runner = 'udp-client' | 'udp-server' | 'tcp-client' | 'tcp-server';

/** The `reason` of a run that its user ended. */
export const INTERRUPTED = 'interrupted';

/** The `reason` of a run that sent less than was asked for, since the sending host was held up or its system refused. */
export const NOT_ALL_SENT = 'not everything was sent';

/** `up` is from the client to the server, on both ends' documents. */
export type Direction = 'up' | 'down';

/**
 * The one document that every output is made from. What is unknown is `undefined` here and `null` in JSON, never 0.
 * Units are in the names; all times are spans of nanoseconds unless they say otherwise.
 */
export interface Result {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  readonly runner: Runner;
  /** Undefined where the command line could not be read that far. */
  readonly kind: 'ping' | 'load' | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationNs: number;
  /** False when the run was cut short; `reason` then says why. */
  readonly complete: boolean;
  readonly reason: string | undefined;
  /** Why the run failed. Undefined when it did not: also of one that was interrupted by its user with something measured. */
  readonly error: RunError | undefined;
  /** What the user should know beside the figures; none: an empty list. Each was told as a `notice` event when it first came. */
  readonly notices: readonly Notice[];
  /** Of a run that could not begin only what was asked for is known. */
  readonly peer: Partially<Peer>;
  readonly transport: Partially<TransportUse>;
  readonly settings: Partially<Settings>;
  readonly probes: ProbeCounts | undefined;
  /** What came from the server and answers no probe; undefined where nothing did, and for load tests. */
  readonly foreignReplies: ForeignReplies | undefined;
  /** What the packets looked like where they arrived. */
  readonly marking: ByDirection<Marking> | undefined;
  /** Round trip less the server's own time. */
  readonly rtt: Distribution | undefined;
  readonly owd: OneWayDelay | undefined;
  readonly queueing: ByDirection<Distribution> | undefined;
  readonly jitter: Jitter | undefined;
  readonly ipdv: ByDirection<Distribution> | undefined;
  readonly pdv: ByDirection<Distribution> | undefined;
  readonly lossBursts: LossBursts | undefined;
  /** Of a probe stream that is like a voice call; an estimate. */
  readonly voice: VoiceQuality | undefined;
  /** Measured at the receiving end. */
  readonly throughput: ByDirection<Rate> | undefined;
  /** Actual less scheduled send instant. */
  readonly sendErrorNs: Distribution | undefined;
  /** How long what was sent waited in this host's own queue, which is in no delay. */
  readonly hostQueueingNs: Distribution | undefined;
  /** How often the sending host was held up, so that it did nothing when something was due. Undefined where it is not told. */
  readonly hostStalls: HostStalls | undefined;
  /**
   * What ICMP said of what was sent, each message of each router once. Empty where nothing came, or nothing was heard of it (TCP).
   */
  readonly icmp: readonly IcmpCount[];
  /** What the path takes in one piece, as far as the system of the end that sends knows. */
  readonly pathMtu: ByDirection<PathMtu> | undefined;
  readonly streams: readonly StreamResult[] | undefined;
  readonly intervals: readonly Interval[] | undefined;
}

/** Something that is no failure, and how often it was met. */
export interface Notice {
  /** For programs: it stays the same. */
  readonly code: string;
  /** One line, for people. */
  readonly message: string;
  readonly count: number;
}

export interface ByDirection<T> {
  readonly up: T | undefined;
  readonly down: T | undefined;
}

/** An ICMP message, and how often it came. It is what somebody says: it can be forged. */
export interface IcmpCount {
  /** Of the packets that it is about. */
  readonly direction: Direction;
  /** For people, with whoever says so. */
  readonly text: string;
  /** Version of IP, type and code: RFC 792, RFC 4443. Undefined where the system tells no more than an error. */
  readonly version: 4 | 6 | undefined;
  readonly type: number | undefined;
  readonly code: number | undefined;
  /** Address of the router or host that says so; undefined where the system does not tell. */
  readonly from: string | undefined;
  /** Where a packet was too big: what the next link takes, headers included. */
  readonly mtuBytes: number | undefined;
  readonly count: number;
}

/** An upper bound: nobody may have tried the last bytes of it. */
export interface PathMtu {
  /** Of a packet, headers included. */
  readonly bytes: number;
  /** What is left for payload in a UDP datagram, or in a segment of TCP. */
  readonly payloadBytes: number;
  /** The router that said so during the run; undefined: the system knew, or no packet was too big. */
  readonly from: string | undefined;
}

export interface Peer {
  /** As the user wrote it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** What the peer turned out to speak; undefined while nothing has come back. */
  readonly protocol: 'stamp' | 'twamp-light' | 'echo' | 'iperf3' | 'pathgauge' | undefined;
}

export interface TransportUse {
  readonly kind: 'portable' | 'linux';
  readonly sendTimestamps: 'kernel' | 'user';
  readonly receiveTimestamps: 'kernel' | 'user';
  /** Why it is not the one that would have been better. */
  readonly note: string | undefined;
  /** What the system did for the data beyond passing on datagrams one by one. */
  readonly offloads: readonly ('udp-gso' | 'udp-gro')[];
  /** Room for datagrams that this host had not read yet; undefined for TCP, and where the system does not tell. */
  readonly receiveBufferBytes: number | undefined;
  /** How often this host's wall clock was set during the run; undefined where nobody looks. */
  readonly clockSteps: number | undefined;
  /** Of probes: undefined for load tests, and before the end. */
  readonly userStamped: UserStamped | undefined;
}

/** How many of the probes received have a timestamp that a program took, instead of the kernel. */
export interface UserStamped {
  /** T1, by this host. */
  readonly sent: number;
  /** T3, by the server: it does not tell by a Follow-up when the reply left, or that was lost. */
  readonly replied: number;
  /** T4, by this host. */
  readonly received: number;
}

/** What was asked for. */
export interface Settings {
  /** UDP payload of a probe or datagram, or the whole record on TCP. */
  readonly lengthBytes: number;
  readonly intervalNs: number | undefined;
  readonly count: number | undefined;
  readonly durationNs: number | undefined;
  readonly timeoutNs: number | undefined;
  /** Undefined: not paced to a rate. */
  readonly bitsPerSecond: number | undefined;
  readonly direction: Direction | 'both';
  /** What is sent was marked with this; undefined: with nothing of its own. */
  readonly dscp: number | undefined;
  /** Whether datagrams must not be cut into fragments; undefined of TCP, which sends none. */
  readonly dontFragment: boolean | undefined;
  /** How the instants of sending follow each other; undefined where there is no schedule. */
  readonly schedule: Schedule | undefined;
}

/** At even intervals, in bursts of several at each, or at random ones of that mean (RFC 2330 section 11.1.1). */
export interface Schedule {
  readonly kind: 'even' | 'burst' | 'poisson';
  /** How many leave together; 1 but for bursts. */
  readonly burst: number;
}

/** Times at which a host ran nothing of ours although something was due: it was suspended, starved or overloaded. */
export interface HostStalls {
  readonly count: number;
  readonly longestNs: number;
}

/** As the packets of one direction arrived; a field is undefined when it was not told. */
export interface Marking {
  /** TTL or hop limit of the latest. */
  readonly hopLimit: number | undefined;
  /** Differentiated services code point, and explicit congestion notification, of the latest. */
  readonly dscp: number | undefined;
  readonly ecn: number | undefined;
  /** How many arrived with another DSCP than they were sent with: the path has changed it. */
  readonly remarked: number | undefined;
}

/** Which assumption the one-way delays stand on. */
export type OwdBasis = 'same-clock' | 'synchronised' | 'bounds';

export interface OneWayDelay {
  readonly basis: OwdBasis;
  readonly up: Distribution | undefined;
  readonly down: Distribution | undefined;
  /** The true up value lies in [value + low, value + high]; the down value in [value - high, value - low]. */
  readonly uncertaintyNs: Bounds;
  /** The same for each direction alone, narrower where something widens only one: true values are in [value + low, value + high]. */
  readonly intervalNs: { readonly up: Bounds; readonly down: Bounds };
  readonly clock: ClockEstimate;
}

/** What is to be added to a value for the least and the most that the truth may be. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Server minus client, at the middle of the run. */
export interface ClockEstimate {
  readonly offsetNs: number;
  readonly offsetLowNs: number;
  readonly offsetHighNs: number;
  /** Above 0: the server's clock gains. Undefined where 0 is within its interval, or there is none. */
  readonly skewPpm: number | undefined;
  /** Undefined where nothing is known of it, or it was not the same all along. */
  readonly skewLowPpm: number | undefined;
  readonly skewHighPpm: number | undefined;
  /** How often one clock jumped against the other during the run. */
  readonly steps: number;
}

/** RFC 3550 section 6.4.1, in each direction and for the round trip. */
export interface Jitter {
  readonly upNs: number | undefined;
  readonly downNs: number | undefined;
  readonly rttNs: number | undefined;
}

/** How a call in each direction would sound: an estimate by the E-model, ITU-T G.107. */
export interface VoiceQuality extends ByDirection<VoiceEstimate> {
  /** What the estimate assumes, in words. */
  readonly assumptions: string;
}

export interface VoiceEstimate {
  /** Transmission rating R, at most 93.2. */
  readonly rFactor: number;
  /** Mean opinion score, 1 to 4.5. */
  readonly mos: number;
  /** The score at either end of the one-way delay's interval. */
  readonly mosLow: number;
  readonly mosHigh: number;
}

export interface Rate {
  readonly bytes: number;
  readonly durationNs: number;
  readonly bitsPerSecond: number | undefined;
  /** Records or datagrams; undefined where the stream has no boundaries (a plain iperf3 peer over TCP). */
  readonly messages: number | undefined;
  readonly messagesPerSecond: number | undefined;
}

/** Every field there, though its value may be unknown. */
type Partially<T> = { readonly [Key in keyof T]: T[Key] | undefined };

/** The rate is that of the receiving end; its fields are undefined when its figures never came. */
export interface StreamResult extends Partially<Rate> {
  readonly id: number;
  readonly direction: Direction;
  /** At the sending end. Undefined when its figures never came. */
  readonly sent: Rate | undefined;
  /**
   * Messages that were due and never handed over: the sending host was held up, its system refused them, or the path did not take
   * them in time. Undefined where the sender does not tell.
   */
  readonly notSent: number | undefined;
  readonly jitterNs: number | undefined;
  readonly owd: Distribution | undefined;
  readonly retransmits: number | undefined;
  readonly rttNs: number | undefined;
  readonly cwndBytes: number | undefined;
  /** TCP, at the sending end: the largest segment, without headers. Undefined where its system does not tell. */
  readonly mssBytes: number | undefined;
}

/** What one report interval held, at the end that reports it. */
export interface Interval {
  readonly startNs: number;
  readonly endNs: number;
  readonly direction: Direction;
  /** Whether the figures were taken where the data is sent or where it arrives. */
  readonly measuredAt: 'sender' | 'receiver';
  readonly bytes: number;
  readonly bitsPerSecond: number | undefined;
  readonly messages: number | undefined;
  /** Datagrams missing so far in this interval; a late arrival takes one off a later interval. */
  readonly lost: number | undefined;
  readonly jitterNs: number | undefined;
  /** Mean one-way delay of the interval; undefined where no clock is trusted. */
  readonly owdMeanNs: number | undefined;
  /** TCP, at the sender: segments sent again in this interval, and the path's state at its end. */
  readonly retransmits: number | undefined;
  readonly rttNs: number | undefined;
  readonly cwndBytes: number | undefined;
}
