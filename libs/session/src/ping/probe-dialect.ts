import type { ClockClaim } from '@pathgauge/metrics';
import type { ForeignReply, Peer } from '@pathgauge/result';
import type { Instant } from '@pathgauge/units';
import type { ClosingProbes } from './closing-probes';
import type { SentProbes } from './sent-probes';

/** What the server says beside its times. */
export interface ReplyExtensions {
  /** Whether the reply tells how its probe was marked where it arrived, and how. */
  readonly hasClassOfService: boolean;
  readonly dscp: number;
  readonly ecn: number;
  /** Whether the reply was sent with the DSCP that was asked for. */
  readonly dscpGranted: boolean;
  /** Whether the server can say when an earlier reply left. */
  readonly knowsFollowUp: boolean;
  /** Whether it says that of the reply with this number. `ProbeDialect.followUpNs` tells when. */
  readonly hasFollowUp: boolean;
  readonly followUpSequence: number;
}

/** Which probe a reply answers, and what the server said of its own time. Reused: valid until the next `read`. */
export interface Reply {
  /** Index of the probe among those that it was looked up in. */
  index: number;
  /** The reflector's own number; undefined from an echo server. */
  ownSequence: number | undefined;
  protocol: Exclude<Peer['protocol'], undefined>;
  /** T2 on the scale of our instants, and T3 - T2; undefined when the server tells no times. */
  receiveNs: number | undefined;
  serverNs: number | undefined;
  /** TTL or hop limit that the probe arrived with; undefined when the server does not tell. */
  hopLimit: number | undefined;
  readonly extensions: ReplyExtensions;
}

/** What the replies so far have shown of the server's clock. */
export interface PeerClock {
  /** What T2 and T3 are counted from, in whole seconds: 0 but for a server whose clock is weeks away. */
  readonly peerBaseSeconds: number;
  /** What the server's timestamps are multiples of, in nanoseconds, as far as was seen. */
  readonly granularityNs: number;
  /** Its timestamps are not in the format that it says: some cannot be. It tells no times from then on. */
  readonly isMisformatted: boolean;
  /** What may be assumed of both clocks. `isSameHost`: the peer's address is one of this host's own. */
  claim(isSameHost: boolean): ClockClaim | undefined;
}

/**
 * What one flow speaks with its peer: its probes, the replies to them, and its own probes in what the system hands back. The flow
 * itself knows no wire format.
 */
export interface ProbeDialect extends PeerClock {
  /** Bytes of a probe. */
  readonly length: number;
  /** So many probes are written before the bytes of the first are used again. */
  readonly buffers: number;
  /** Whether a probe asks when the reply before left. */
  readonly asksForFollowUp: boolean;
  /** The probe with this number that leaves at `at`. */
  write(sequence: number, at: Instant): Uint8Array;
  /** The number of the probe that `bytes` end with: whole, with the headers before it that the kernel puts there. */
  sequenceAtEnd(bytes: Uint8Array): number | undefined;
  /** Which of `probes` a datagram answers. Undefined when none. */
  read(bytes: Uint8Array, probes: SentProbes): Reply | undefined;
  /** What keeps a datagram from being a reply that `read` took for none. */
  kindOfForeign(bytes: Uint8Array, probes: SentProbes): ForeignReply;
  /** When the reply left that the latest Follow-up is of, on the scale of `Reply.receiveNs`. */
  followUpNs(): number;
  /**
   * The probe that an ICMP message is about, by what it quotes of it. -1: too little to tell. Undefined: it is none of `probes`.
   */
  quoted(bytes: Uint8Array, probes: SentProbes): number | undefined;
  /** The probes behind the last of `sent`. Undefined: the server's answers to them would tell nothing. */
  closing(sent: number, protocol: Peer['protocol']): ClosingProbes | undefined;
}
