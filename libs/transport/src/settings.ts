/**
 * What is set on a connection; left out, it stays as the system has it. What the transport or the system cannot set is a
 * `TransportError` that says so.
 */
export interface StreamSettings {
  /** Room for what is sent, and for what has come and is not read yet. The system may grant less: see `Granted`. */
  readonly windowBytes?: number | undefined;
  /** The largest segment that is sent, without headers. Before a connection is opened it is what the peer is told, too. */
  readonly mssBytes?: number | undefined;
  /** The congestion control, by the system's name of it. */
  readonly congestion?: string | undefined;
  /** Whether what is written leaves at once, also where it does not fill a segment. Connections begin so. */
  readonly noDelay?: boolean | undefined;
  /** The octet that packets are marked with: DSCP in the upper six bits. The lower two are the system's own, for ECN. */
  readonly trafficClass?: number | undefined;
  /** The system sends no faster than this. */
  readonly pacingBytesPerSecond?: number | undefined;
}

/** A setting that takes system calls. */
export type LinuxSetting = Exclude<keyof StreamSettings, 'noDelay'> | 'dscp' | 'dontFragment';

/**
 * What a connection was granted when it was taken; undefined where the system does not tell. Room is without the other half that
 * Linux takes, and counts, for its own bookkeeping.
 */
export interface Granted {
  readonly sendBufferBytes: number | undefined;
  readonly receiveBufferBytes: number | undefined;
  /** The largest segment, without headers. */
  readonly mssBytes: number | undefined;
}

/** Of a transport that asks the system for nothing. */
export const NOTHING_TOLD: Granted = { sendBufferBytes: undefined, receiveBufferBytes: undefined, mssBytes: undefined };

/** Processor time that this process has used so far, all its threads together. */
export interface ProcessorTime {
  readonly userNs: number;
  readonly systemNs: number;
}
