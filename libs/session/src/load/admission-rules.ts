import { LOAD_LIMITS, type Parameters, SERVER_ERROR_CODE, TCP_LENGTH, UDP_LENGTH } from '@pathgauge/protocol';
import { NS_PER_S } from '@pathgauge/units';
import { RECORD_BYTES } from '../message-lengths';
import type { Refusal } from './conversation/refusal';

/** What a server is willing and able to do. */
export interface AdmissionPolicy {
  /** Which kinds of load are served. */
  readonly protocols: ReadonlySet<Parameters['protocol']>;
  /** Whether its transport can set on a socket what a test may ask for. */
  readonly canSetSockets: boolean;
  /** Whether the system has this congestion control and lets this process use it. */
  readonly canUseCongestion: (name: string) => boolean;
  /** Why a client is not served that says who it is, or does not; undefined where everyone is. */
  readonly refusalOfToken: ((token: string | undefined) => string | undefined) | undefined;
}

type Code = keyof typeof SERVER_ERROR_CODE;
type Refuse = (request: Parameters, policy: AdmissionPolicy) => Refusal | undefined;

/**
 * Why a test is not run, with iperf3's own code for it. In this order: the first that applies is told. Who may not have a test at
 * all is told nothing else.
 */
export const REFUSALS: readonly Refuse[] = [
  ({ authToken }, { refusalOfToken }) => {
    const why = refusalOfToken?.(authToken);
    return why === undefined ? undefined : { code: SERVER_ERROR_CODE.notAuthorized, why };
  },
  ({ sctp }) => refusedIf(sctp, 'noSctp', 'a test over SCTP, which is not served'),
  ({ protocol }, { protocols }) =>
    refusedIf(!protocols.has(protocol), 'notImplemented', `a ${protocol.toUpperCase()} test, which is not served here`),
  ({ reverse, bidirectional }) =>
    refusedIf(reverse && bidirectional, 'reverseAndBoth', 'both directions and the reverse one alone'),
  ({ bytes, blocks }) =>
    refusedIf(bytes !== undefined && blocks !== undefined, 'endConditions', 'two ends of the test: bytes and blocks'),
  ({ parallel }) => outside(parallel, LOAD_LIMITS.streams, 'tooManyStreams', 'streams'),
  ({ protocol, length }) =>
    protocol === 'udp'
      ? outside(length, UDP_LENGTH, 'datagramLength', 'bytes a datagram')
      : outside(length, TCP_LENGTH, 'blockLength', 'bytes a block'),
  ({ timeSeconds }) => outside(timeSeconds, LOAD_LIMITS.seconds, 'duration', 'seconds'),
  ({ extension }) => outside(secondsOf(extension?.durationNs), LOAD_LIMITS.seconds, 'duration', 'seconds'),
  ({ omitSeconds }) => outside(omitSeconds, LOAD_LIMITS.omitSeconds, 'omit', 'seconds to be left out'),
  ({ extension }) => outside(secondsOf(extension?.omitNs), LOAD_LIMITS.omitSeconds, 'omit', 'seconds to be left out'),
  ({ blocks = 0, length }) =>
    refusedIf(blocks * length > Number.MAX_SAFE_INTEGER, 'badParameters', `${blocks} blocks, which is beyond counting`),
  ({ burst }) => outside(burst, LOAD_LIMITS.burst, 'burst', 'messages a burst'),
  ({ windowBytes }) => outside(windowBytes, LOAD_LIMITS.windowBytes, 'window', 'bytes of window'),
  ({ trafficClass }) => outside(trafficClass, LOAD_LIMITS.trafficClass, 'trafficClass', 'as type of service'),
  (request) => (request.protocol === 'tcp' ? refusalOfSegments(request) : undefined),
  refusalOfRecords,
  refusalOfSockets,
  ({ flowLabel = 0, ...request }) =>
    refusedIf(
      serverSends(request) && flowLabel > 0,
      'setFlowLabel',
      `flow label ${flowLabel}, which cannot be set here`,
    ),
  ({ congestion, ...request }, { canUseCongestion }) =>
    refusedIf(
      congestion !== undefined && sendsOver(request, 'tcp') && !canUseCongestion(congestion),
      'setCongestion',
      `congestion control ${congestion}, which this system does not have or allow`,
    ),
];

const secondsOf = (ns: number | undefined): number | undefined => (ns === undefined ? undefined : ns / NS_PER_S);

/** What is only for the end that sends is nothing to a server that receives. */
const serverSends = ({ reverse, bidirectional }: Pick<Parameters, 'reverse' | 'bidirectional'>): boolean =>
  reverse || bidirectional;

const sendsOver = (
  request: Pick<Parameters, 'reverse' | 'bidirectional' | 'protocol'>,
  protocol: Parameters['protocol'],
): boolean => request.protocol === protocol && serverSends(request);

/** The system has no smaller segments, and iperf3 no code for that but the one of a system that refuses them. */
const refusalOfSegments = ({ mssBytes = LOAD_LIMITS.mssBytes.min }: Parameters): Refusal | undefined =>
  outside(mssBytes, LOAD_LIMITS.mssBytes, mssBytes < LOAD_LIMITS.mssBytes.min ? 'setMss' : 'mss', 'bytes a segment');

function refusalOfRecords({ protocol, extension, length }: Parameters): Refusal | undefined {
  const isFramed = protocol === 'tcp' && extension?.features.includes('records') === true;
  return refusedIf(
    isFramed && length < RECORD_BYTES.min,
    'badParameters',
    `records of ${length} bytes, less than their header`,
  );
}

/** What takes system calls that a transport without them cannot make. */
function refusalOfSockets(request: Parameters, { canSetSockets }: AdmissionPolicy): Refusal | undefined {
  if (canSetSockets) return undefined;
  const sends = serverSends(request);
  const wanted: readonly (readonly [isAsked: boolean, code: Code, what: string])[] = [
    [request.windowBytes !== undefined, 'setWindow', 'socket buffers of a size'],
    [request.protocol === 'tcp' && request.mssBytes !== undefined, 'setMss', 'segments of a size'],
    [sends && request.pacingBitsPerSecond !== undefined, 'setPacing', 'sending that the system paces'],
    [sends && (request.trafficClass ?? 0) !== 0, 'setTrafficClass', 'marked packets'],
    [sendsOver(request, 'tcp') && request.congestion !== undefined, 'setCongestion', 'a congestion control'],
    [
      sendsOver(request, 'udp') && request.dontFragment,
      'setDontFragment',
      'datagrams that must not be cut into fragments',
    ],
  ];
  const found = wanted.find(([isAsked]) => isAsked);
  return found && refusedIf(true, found[1], `${found[2]}, which takes the linux transport`);
}

function refusedIf(isRefused: boolean, code: Code, asked: string): Refusal | undefined {
  return isRefused ? { code: SERVER_ERROR_CODE[code], why: `asked for ${asked}` } : undefined;
}

function outside(
  value: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  code: Code,
  what: string,
): Refusal | undefined {
  const isOutside = value !== undefined && (value < min || value > max);
  return refusedIf(isOutside, code, `${value} ${what}; from ${min} to ${max} is served`);
}
