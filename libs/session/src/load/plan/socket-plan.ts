/** What both ends set on the sockets of a load, each as far as it sends or receives. Undefined: what the system does by itself. */
export interface SocketPlan {
  /** Room of the system for what is sent and received. */
  readonly windowBytes: number | undefined;
  /** Largest segment; TCP only. */
  readonly mssBytes: number | undefined;
  /** Congestion control; TCP only. */
  readonly congestion: string | undefined;
  /** A message is not held back until it fills a segment; TCP only. */
  readonly noDelay: boolean;
  /** The system sends no faster than this. */
  readonly pacingBytesPerSecond: number | undefined;
  /** The whole octet: DSCP and ECN. */
  readonly trafficClass: number | undefined;
  /** Datagrams must not be cut into fragments; UDP only. */
  readonly dontFragment: boolean;
}

/** Nothing is set. */
export const PLAIN_SOCKETS: SocketPlan = {
  windowBytes: undefined,
  mssBytes: undefined,
  congestion: undefined,
  noDelay: false,
  pacingBytesPerSecond: undefined,
  trafficClass: undefined,
  dontFragment: false,
};

/** The upper six bits of the octet that packets are marked with. */
export const dscpOf = ({ trafficClass }: Pick<SocketPlan, 'trafficClass'>): number | undefined =>
  trafficClass === undefined ? undefined : trafficClass >> 2;
