/** What a router or host says of a datagram that was sent earlier: RFC 792, RFC 4443. Not to be believed blindly: it can be forged. */
export interface IcmpMessage {
  readonly version: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** The router or host that says so. */
  readonly from: string | undefined;
  /** Where a packet was too big: what the next link takes, headers included, in bytes. Undefined where that is not told. */
  readonly mtuBytes: number | undefined;
}

/** An ICMP message, with the system's own code of the error that it makes of it. */
export class IcmpError extends Error {
  readonly code: string;
  readonly icmp: IcmpMessage;

  constructor(code: string, icmp: IcmpMessage) {
    // Where it comes from is known, and a flood of them must not cost a stack each.
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    super(`ICMP: ${code}`);
    Error.stackTraceLimit = limit;
    this.name = 'IcmpError';
    this.code = code;
    this.icmp = icmp;
  }
}

/** The own system did not send a datagram, since it is larger than what goes: `mtuBytes`, headers included. */
export class TooLargeError extends Error {
  readonly code = 'EMSGSIZE';
  readonly mtuBytes: number;

  constructor(mtuBytes: number) {
    super('sendmmsg: EMSGSIZE');
    this.name = 'TooLargeError';
    this.mtuBytes = mtuBytes;
  }
}
