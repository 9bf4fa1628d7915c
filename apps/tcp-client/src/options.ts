import { LOAD_LIMITS, type LoadOptions, PLAIN_SOCKETS, RECORD_BYTES } from '@pathgauge/session';
import type { TransportChoice } from '@pathgauge/transport';
import { type BitRate, spacingOf } from '@pathgauge/units';
import {
  bitrateOf,
  CLIENT_OPTIONS,
  type CommandSpec,
  hasAmount,
  intervalArgument,
  lengthArgument,
  loadArguments,
  loginArguments,
  metricArguments,
  type OptionSpec,
  PACE_OPTIONS,
  type RawArguments,
  reportIntervalArgument,
  socketArguments,
  TCP_SOCKET_OPTIONS,
  targetArguments,
  tcpSocketArguments,
  transportArgument,
  UsageError,
} from '@pathgauge/utils';

const DEFAULT_LENGTH = 1024;
/** Record of an unpaced load: what iperf3 sends at a time, too. */
const DEFAULT_MAX_LENGTH = 131_072;
// A paced load leaves in a hundred messages a second or more, so that it is a stream and not a row of lumps.
const MESSAGES_PER_SECOND = 100;

const OPTIONS = {
  ...CLIENT_OPTIONS,
  interval: { ...PACE_OPTIONS.interval, describe: 'Time between records; 0: as fast as it goes' },
  length: {
    ...PACE_OPTIONS.length,
    describe: 'Bytes of a record, its 20-byte header included',
    default: '1024; 128K with --max',
  },
  time: { ...PACE_OPTIONS.time, describe: 'Send for so long' },
  bitrate: { ...PACE_OPTIONS.bitrate, describe: 'Rate of each stream (100M), or in bursts (100M/5)' },
  max: { ...PACE_OPTIONS.max, describe: 'Send as fast as the path takes it; so does -n or -k' },
  ...TCP_SOCKET_OPTIONS,
} as const satisfies Record<string, OptionSpec>;

/** What -n does not mean. */
const COUNTED = 'for a number of records write -k';

export type Name = keyof typeof OPTIONS;

export const TCP_CLIENT: CommandSpec<Name> = {
  program: 'tcp-client',
  usage: 'tcp-client [host] [port] [options]',
  summary: 'Sends over TCP and shows what arrives: throughput, jitter, one-way delay.',
  options: OPTIONS,
  examples: [
    ['tcp-client', '1024 bytes a second to 127.0.0.1:65432'],
    ['tcp-client host --max', 'how much the path carries'],
    ['tcp-client host --max -R', 'the same from the server to here'],
    ['tcp-client host 5201 --max', 'against an iperf3 server'],
  ],
  mostPositionals: 2,
};

interface TcpClientRun {
  readonly transport: TransportChoice;
  readonly options: LoadOptions;
  /** Who the user is, if the server is to know. */
  readonly login: ReturnType<typeof loginArguments>;
}

/** What a command line asks for. Throws `UsageError`. */
export function tcpClientRun(raw: RawArguments<Name>): TcpClientRun {
  const pace = paceArguments(raw);
  return {
    transport: transportArgument(raw),
    login: loginArguments(raw),
    options: {
      protocol: 'tcp',
      ...targetArguments(raw),
      ttl: undefined,
      ...pace,
      ...loadArguments(raw, LOAD_LIMITS, { length: pace.length, min: RECORD_BYTES.min, counted: COUNTED }),
      sockets: { ...PLAIN_SOCKETS, ...socketArguments(raw, LOAD_LIMITS), ...tcpSocketArguments(raw, LOAD_LIMITS) },
      reportInterval: reportIntervalArgument(raw),
      authToken: undefined,
      metrics: metricArguments(raw),
    },
  };
}

/** How often, and how much at a time. */
function paceArguments(raw: RawArguments<Name>): Pick<LoadOptions, 'spacing' | 'length' | 'burst'> {
  const intervalText = raw.text('interval');
  const bitrateText = raw.text('bitrate');
  const given = [intervalText !== undefined && '-i', bitrateText !== undefined && '-b', raw.flag('max') && '--max'];
  const chosen = given.filter((name) => name !== false);
  if (chosen.length > 1) throw new UsageError(`choose one of ${chosen.join(', ')}`);
  const interval = intervalArgument(raw);
  // An amount at the usual pace would take hours.
  if (raw.flag('max') || interval === 0 || (chosen.length === 0 && hasAmount(raw))) {
    return { spacing: undefined, length: lengthArgument(raw, DEFAULT_MAX_LENGTH, RECORD_BYTES), burst: 1 };
  }
  if (bitrateText === undefined) {
    return { spacing: interval, length: lengthArgument(raw, DEFAULT_LENGTH, RECORD_BYTES), burst: 1 };
  }
  const { rate, burst } = bitrateOf(bitrateText, LOAD_LIMITS.burst);
  const length = lengthArgument(raw, lengthFor(rate), RECORD_BYTES);
  return { spacing: spacingOf(length, rate), length, burst };
}

function lengthFor(rate: BitRate): number {
  const bytes = Math.floor(rate / 8 / MESSAGES_PER_SECOND);
  return Math.min(Math.max(bytes, DEFAULT_LENGTH), DEFAULT_MAX_LENGTH);
}
