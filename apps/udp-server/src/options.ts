import type { ServeOptions } from '@pathgauge/session';
import type { Spin, TransportChoice } from '@pathgauge/transport';
import {
  busyPollArgument,
  type CommandSpec,
  type OptionSpec,
  type RawArguments,
  SERVER_OPTIONS,
  serverArguments,
  transportArgument,
} from '@pathgauge/utils';

const OPTIONS = {
  ...SERVER_OPTIONS,
  'busy-poll': { kind: 'flag', describe: 'Wait for probes by looking, not sleeping' },
  echo: { kind: 'flag', describe: 'Send datagrams back as they came, no timestamps' },
} as const satisfies Record<string, OptionSpec>;

export type Name = keyof typeof OPTIONS;

export const UDP_SERVER: CommandSpec<Name> = {
  program: 'udp-server',
  usage: 'udp-server [port] [options]',
  summary: 'Answers UDP probes (STAMP, TWAMP-Light) and serves UDP load tests.',
  options: OPTIONS,
  examples: [
    ['udp-server', 'listens on port 65432, UDP and TCP'],
    ['udp-server 862', 'the port of STAMP'],
  ],
  mostPositionals: 1,
};

interface UdpServerRun {
  readonly transport: TransportChoice;
  readonly spin: Spin;
  readonly options: ServeOptions;
}

/** What a command line asks for. Throws `UsageError`. */
export const udpServerRun = (raw: RawArguments<Name>): UdpServerRun => ({
  transport: transportArgument(raw),
  spin: busyPollArgument(raw) ? 'busy' : 'brief',
  options: {
    runner: 'udp-server',
    serves: { probes: raw.flag('echo') ? 'echo' : 'stamp', udpLoad: true, tcpLoad: false },
    ...serverArguments(raw),
  },
});
