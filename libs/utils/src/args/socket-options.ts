import type { RawArguments } from './command-line';
import { dscpArgument, refusePortable } from './linux-options';
import type { LoadLimits } from './load-options';
import type { OptionSpec } from './option-spec';
import { parseRate, parseSize, UsageError } from './quantities';

// What is set on the sockets of a load test, at both ends.

/** What every client has. */
export const SOCKET_OPTIONS = {
  tos: { alias: 'S', kind: 'value', describe: 'Mark what is sent by an octet: 184, 0xb8 (linux)' },
  window: { alias: 'w', kind: 'value', describe: 'Load: socket buffers of this size (linux)' },
  'fq-rate': { kind: 'value', describe: 'Load: the system paces each stream (linux)' },
} as const satisfies Record<string, OptionSpec>;

/** What only a connection has. */
export const TCP_SOCKET_OPTIONS = {
  mss: { alias: 'M', also: ['set-mss'], kind: 'value', describe: 'Largest segment in bytes (linux)' },
  congestion: { alias: 'C', kind: 'value', describe: 'Congestion control: cubic, bbr (linux)' },
  'no-delay': { alias: 'N', kind: 'flag', describe: 'Send short records at once (TCP_NODELAY)' },
} as const satisfies Record<string, OptionSpec>;

type Name = 'window' | 'fq-rate' | 'tos' | 'dscp' | 'transport';

/** Of either protocol. */
export function socketArguments(raw: RawArguments<Name>, limits: LoadLimits) {
  const rate = raw.text('fq-rate');
  if (rate !== undefined) refusePortable(raw, '--fq-rate');
  return {
    windowBytes: bytesArgument(raw, '--window', raw.text('window'), limits.windowBytes),
    pacingBytesPerSecond: rate === undefined ? undefined : Math.round(parseRate(rate)) / 8,
    trafficClass: trafficClassArgument(raw, limits.trafficClass),
  };
}

/** Of TCP. */
export const tcpSocketArguments = (
  raw: RawArguments<'mss' | 'congestion' | 'no-delay' | 'transport'>,
  limits: LoadLimits,
) => ({
  mssBytes: bytesArgument(raw, '--mss', raw.text('mss'), limits.mssBytes),
  congestion: congestionArgument(raw),
  noDelay: raw.flag('no-delay'),
});

function bytesArgument(
  raw: RawArguments<'transport'>,
  option: string,
  text: string | undefined,
  { min, max }: LoadLimits['windowBytes'],
): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text);
  if (bytes < min || bytes > max) throw new UsageError(`${option} ${text}: must be from ${min} to ${sizeText(max)}`);
  refusePortable(raw, option);
  return bytes;
}

function congestionArgument(raw: RawArguments<'congestion' | 'transport'>): string | undefined {
  const name = raw.text('congestion');
  if (name === undefined) return undefined;
  // As long as the system's names are.
  if (!/^[\w-]{1,15}$/.test(name)) throw new UsageError(`--congestion ${name}: write a name, like cubic, reno or bbr`);
  refusePortable(raw, '--congestion');
  return name;
}

const MIB = 1024 ** 2;

/** As it can be typed. */
const sizeText = (bytes: number): string => (bytes % MIB === 0 ? `${bytes / MIB}M` : `${bytes} bytes`);

/** The whole octet that packets are marked with; undefined: nothing of its own. */
export function trafficClassArgument(
  raw: RawArguments<'tos' | 'dscp' | 'transport'>,
  { min, max }: LoadLimits['trafficClass'],
): number | undefined {
  const text = raw.text('tos');
  const dscp = dscpArgument(raw);
  if (text === undefined) return dscp === undefined ? undefined : dscp << 2;
  if (dscp !== undefined) throw new UsageError('choose -S or --dscp: both say how packets are marked');
  const octet = octetOf(text);
  if (!(octet >= min && octet <= max))
    throw new UsageError(`--tos ${text}: must be from ${min} to ${max}, or 0x${min} to 0x${max.toString(16)}`);
  refusePortable(raw, '--tos');
  return octet;
}

/** Decimal, `0x` and hexadecimal, or 0 and octal, as iperf3 reads it. */
function octetOf(text: string): number {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  return /^(0x[0-9a-f]+|0|[1-9]\d*)$/i.test(text) ? Number(text) : Number.NaN;
}
