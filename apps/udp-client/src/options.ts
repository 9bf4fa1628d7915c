import { FORMATS } from '@pathgauge/report';
import type { Schedule } from '@pathgauge/result';
import {
  DATAGRAM_BYTES,
  DEFAULT_MARKED_PROBE_BYTES,
  DEFAULT_PROBE_BYTES,
  LOAD_LIMITS,
  type LoadOptions,
  type PingOptions,
  PLAIN_SOCKETS,
  PROBE_BYTES,
} from '@pathgauge/session';
import type { Spin, TransportChoice } from '@pathgauge/transport';
import { milliseconds, type Span, seconds, spacingOf } from '@pathgauge/units';
import {
  bitrateOf,
  busyPollArgument,
  CLIENT_OPTIONS,
  type CommandSpec,
  dontFragmentArgument,
  intervalArgument,
  lengthArgument,
  loadArguments,
  loginArguments,
  metricArguments,
  type OptionSpec,
  type OutputArguments,
  outputArguments,
  PACE_OPTIONS,
  parseCount,
  positiveDuration,
  type RawArguments,
  reportIntervalArgument,
  socketArguments,
  targetArguments,
  trafficClassArgument,
  transportArgument,
  UsageError,
} from '@pathgauge/utils';

const DEFAULT_COUNT = 10;
const DEFAULT_TIMEOUT: Span = seconds(2);
const MIN_TIMEOUT: Span = milliseconds(1);
const MAX_TIMEOUT: Span = seconds(3600);
/** Fits an Ethernet path with a tunnel on the way. */
const DEFAULT_LOAD_LENGTH = 1400;
/** What iperf3 sends at over UDP unless told otherwise, in bits a second. */
const DEFAULT_LOAD_RATE = '1048576';
const MAX_TTL = 255;
/** More would be a load test. */
const MAX_BURST = 1000;

const OPTIONS = {
  ...CLIENT_OPTIONS,
  interval: { ...PACE_OPTIONS.interval, describe: 'Time between probes; 0: next when the reply is in' },
  count: { alias: 'c', kind: 'value', describe: 'Number of probes', default: '10' },
  time: {
    ...PACE_OPTIONS.time,
    describe: 'Send probes, or load, for so long',
    default: `${PACE_OPTIONS.time.default} of load`,
  },
  length: {
    ...PACE_OPTIONS.length,
    describe: 'UDP payload of a probe or datagram',
    default: '64; 1400 of load',
  },
  timeout: { kind: 'value', describe: 'A probe not answered by then is lost', default: '2s' },
  poisson: { kind: 'flag', describe: 'Random times between probes, -i on average' },
  burst: { kind: 'value', describe: 'Probes that leave together at each interval', default: '1' },
  'busy-poll': { kind: 'flag', describe: 'Wait by looking, not sleeping: exact, costs CPU' },
  ttl: { kind: 'value', describe: 'TTL or hop limit of what is sent' },
  'dont-fragment': { kind: 'flag', describe: 'Do not cut what does not fit a link (linux)' },
  bitrate: {
    ...PACE_OPTIONS.bitrate,
    describe: 'Load: rate of each stream (100M, 100M/5 in bursts)',
    default: '1M with -P, --bidir, -n, -k',
  },
  max: { ...PACE_OPTIONS.max, describe: 'Load: send as fast as it goes' },
} as const satisfies Record<string, OptionSpec>;

/** What -n does not mean, though it does to ping. */
const COUNTED = 'for a number of probes write -c, of datagrams -k';

export type Name = keyof typeof OPTIONS;

export const UDP_CLIENT: CommandSpec<Name> = {
  program: 'udp-client',
  usage: 'udp-client [host] [port] [options]',
  summary: 'Probes a path over UDP: round trip, loss, one-way delay; -b or --max: load.',
  options: OPTIONS,
  examples: [
    ['udp-client 192.0.2.7 65432', 'ten probes, one a second'],
    ['udp-client host -i 20ms -t 1m', 'like a voice call, for a minute'],
    ['udp-client host -b 50M', 'loss and jitter at 50 Mbit/s'],
  ],
  mostPositionals: 2,
};

type UdpClientRun = {
  readonly transport: TransportChoice;
  readonly spin: Spin;
} & (
  | { readonly kind: 'ping'; readonly options: PingOptions }
  | {
      readonly kind: 'load';
      readonly options: LoadOptions;
      /** Who the user is, if the server is to know. */
      readonly login: ReturnType<typeof loginArguments>;
    }
);

/** What a command line asks for. Throws `UsageError`. */
export function udpClientRun(raw: RawArguments<Name>): UdpClientRun {
  const transport = transportArgument(raw);
  const common = { transport, spin: busyPollArgument(raw) ? 'busy' : 'never' } as const;
  return isLoad(raw)
    ? { kind: 'load', ...common, options: loadOptions(raw), login: loginArguments(raw) }
    : { kind: 'ping', ...common, options: pingOptions(raw) };
}

/** Whether any option asks for what only a load test has: how much, or how many streams. */
const isLoad = (raw: RawArguments<Name>): boolean =>
  (['max', 'bidir'] as const).some((name) => raw.flag(name)) ||
  (['bitrate', 'parallel', 'bytes', 'blocks'] as const).some((name) => raw.text(name) !== undefined);

/** What nobody looks at is not told. */
const wantedEvents = ({ format, quiet, files }: OutputArguments) => ({
  roundTripEvents: format === 'text' && !quiet,
  probeEvents: [format, ...files.map((file) => file.format)].some((name) => FORMATS[name].hasProbes),
});

function pingOptions(raw: RawArguments<Name>): PingOptions {
  refuseOfLoad(raw);
  const count = raw.text('count');
  const time = raw.text('time');
  const dscp = dscpOfProbes(raw);
  const interval = intervalArgument(raw);
  return {
    ...targetArguments(raw),
    ttl: ttlArgument(raw),
    dscp,
    dontFragment: dontFragmentArgument(raw),
    schedule: scheduleArgument(raw, interval),
    interval,
    count: count !== undefined ? countOf(count) : time === undefined ? DEFAULT_COUNT : undefined,
    duration: time === undefined ? undefined : positiveDuration('time', time),
    length: lengthArgument(raw, dscp === undefined ? DEFAULT_PROBE_BYTES : DEFAULT_MARKED_PROBE_BYTES, PROBE_BYTES),
    timeout: timeoutArgument(raw),
    metrics: metricArguments(raw),
    ...wantedEvents(outputArguments(raw, raw.texts('out'))),
  };
}

/** Of load tests alone. */
const LOAD_VALUES = [
  ...(['omit', 'window', 'fq-rate', 'wait-busy'] as const),
  ...(['username', 'rsa-public-key-path', 'password-file'] as const),
];

/** What a load test alone takes, and what does not make one by itself. */
function refuseOfLoad(raw: RawArguments<Name>): void {
  const flags = (['reverse', 'get-server-output', 'zerocopy', 'use-pkcs1-padding'] as const).filter((name) =>
    raw.flag(name),
  );
  const values = LOAD_VALUES.filter((name) => raw.text(name) !== undefined);
  const [name] = [...flags, ...values];
  if (name !== undefined) throw new UsageError(`--${name} is for load tests: add -b or --max`);
}

/** A probe asks for the upper six bits of the octet to be told. */
function dscpOfProbes(raw: RawArguments<Name>): number | undefined {
  const octet = trafficClassArgument(raw, LOAD_LIMITS.trafficClass);
  if (octet === undefined) return undefined;
  if (octet % 4 !== 0)
    throw new UsageError(`--tos ${raw.text('tos')}: the lower two bits of probes are 0; write --dscp`);
  return octet >> 2;
}

/** In iperf3 the host follows -c. */
function countOf(text: string): number {
  if (/^[[a-z]|^\d+\.\d+\.|:/i.test(text)) {
    throw new UsageError(`'${text}' is not a count; the host is named without -c: udp-client ${text}`);
  }
  return parseCount(text);
}

function loadOptions(raw: RawArguments<Name>): LoadOptions {
  const bitrate = raw.text('bitrate');
  if (bitrate !== undefined && raw.flag('max')) throw new UsageError('choose -b or --max');
  const count = raw.text('count');
  if (count !== undefined) countOf(count);
  for (const name of ['interval', 'count', 'timeout', 'burst'] as const) {
    if (raw.text(name) === undefined) continue;
    const instead = name === 'burst' ? '; bursts of load are written -b 10M/5' : '';
    throw new UsageError(`--${name} is for probes, not for load tests${instead}`);
  }
  for (const name of ['poisson', 'busy-poll'] as const) {
    if (raw.flag(name)) throw new UsageError(`--${name} is for probes, not for load tests`);
  }
  const length = lengthArgument(raw, DEFAULT_LOAD_LENGTH, DATAGRAM_BYTES);
  const { rate, burst } = bitrateOf(bitrate ?? DEFAULT_LOAD_RATE, LOAD_LIMITS.burst);
  return {
    protocol: 'udp',
    ...targetArguments(raw),
    ttl: ttlArgument(raw),
    length,
    spacing: raw.flag('max') ? undefined : spacingOf(length, rate),
    burst,
    ...loadArguments(raw, LOAD_LIMITS, { length, min: DATAGRAM_BYTES.min, counted: COUNTED }),
    sockets: {
      ...PLAIN_SOCKETS,
      ...socketArguments(raw, LOAD_LIMITS),
      dontFragment: dontFragmentArgument(raw),
    },
    reportInterval: reportIntervalArgument(raw),
    authToken: undefined,
    metrics: metricArguments(raw),
  };
}

function scheduleArgument(raw: RawArguments<Name>, interval: Span): Schedule {
  const burstText = raw.text('burst');
  const poisson = raw.flag('poisson');
  if (burstText === undefined && !poisson) return { kind: 'even', burst: 1 };
  if (interval === 0) throw new UsageError(`--${poisson ? 'poisson' : 'burst'} needs an interval above 0`);
  if (burstText === undefined) return { kind: 'poisson', burst: 1 };
  if (poisson) throw new UsageError('choose --burst or --poisson');
  const burst = parseCount(burstText);
  if (burst > MAX_BURST) throw new UsageError(`--burst ${burstText}: must be from 1 to ${MAX_BURST}`);
  return { kind: 'burst', burst };
}

function timeoutArgument(raw: RawArguments<Name>): Span {
  const text = raw.text('timeout');
  if (text === undefined) return DEFAULT_TIMEOUT;
  const timeout = positiveDuration('timeout', text);
  if (timeout < MIN_TIMEOUT || timeout > MAX_TIMEOUT) {
    throw new UsageError(`--timeout ${text}: must be from 1ms to 1h`);
  }
  return timeout;
}

function ttlArgument(raw: RawArguments<Name>): number | undefined {
  const text = raw.text('ttl');
  if (text === undefined) return undefined;
  const ttl = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(ttl >= 1 && ttl <= MAX_TTL)) throw new UsageError(`--ttl ${text}: must be from 1 to ${MAX_TTL}`);
  return ttl;
}
