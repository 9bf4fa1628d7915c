/** The first octets of an ICMP message: RFC 792 for version 4 of IP, RFC 4443 for version 6. */
interface IcmpKind {
  readonly version: 4 | 6;
  readonly type: number;
  readonly code: number;
}

/** Destination unreachable (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1): what is the matter, by code. */
const UNREACHABLE_4 = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'packet too big',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network administratively prohibited',
  'host administratively prohibited',
  'network unreachable for this type of service',
  'host unreachable for this type of service',
  'administratively prohibited',
  'host precedence violation',
  'precedence cutoff',
];
/** RFC 4443 section 3.1. */
const UNREACHABLE_6 = [
  'no route to the destination',
  'administratively prohibited',
  'beyond the scope of the source address',
  'host unreachable',
  'port unreachable',
  'source address failed a policy',
  'route rejected',
];
/** Time exceeded, of both versions. */
const TIME_EXCEEDED = ['TTL exceeded', 'fragments did not come together in time'];

const NAMES = {
  4: { 3: UNREACHABLE_4, 11: TIME_EXCEEDED, 12: ['parameter problem'] },
  6: { 1: UNREACHABLE_6, 2: ['packet too big'], 3: TIME_EXCEEDED, 4: ['parameter problem'] },
} as const satisfies Record<4 | 6, Readonly<Record<number, readonly string[]>>>;

/** What an ICMP message says, in a few words. */
export function icmpName({ version, type, code }: IcmpKind): string {
  const names: Readonly<Record<number, readonly string[]>> = NAMES[version];
  return names[type]?.[code] ?? names[type]?.[0] ?? `ICMP type ${type} code ${code}`;
}

/** RFC 1191 and RFC 8201: a packet was larger than the next link takes. */
export const isTooBig = ({ version, type, code }: IcmpKind): boolean =>
  version === 4 ? type === 3 && code === 4 : type === 2;

export const isTtlExceeded = (kind: IcmpKind): boolean =>
  kind.type === (kind.version === 4 ? 11 : 3) && kind.code === 0;

export const isPortUnreachable = ({ version, type, code }: IcmpKind): boolean =>
  version === 4 ? type === 3 && code === 3 : type === 1 && code === 4;

/** The headers of a UDP datagram without options, in bytes: of IP, and 8 of UDP. */
export const UDP_HEADERS_BYTES = { 4: 28, 6: 48 } as const;
