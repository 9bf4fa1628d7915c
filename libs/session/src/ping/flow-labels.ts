/** How flows of one dialect are told apart on the wire, where they have the socket or the peer in common: by a number in each packet. */
export interface FlowLabels {
  /** That of the probe which begins at `begin`; -1 where there is too little of it. */
  ofProbe(bytes: Uint8Array, begin: number): number;
  /** That of the probe which a reply gives back, by the first, second, ... place where it may be; -1 behind the last of them. */
  ofReply(bytes: Uint8Array, place: number): number;
}
