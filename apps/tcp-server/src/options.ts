import type { ServeOptions } from '@pathgauge/session';
import type { TransportChoice } from '@pathgauge/transport';
import {
  type CommandSpec,
  type RawArguments,
  SERVER_OPTIONS,
  serverArguments,
  transportArgument,
} from '@pathgauge/utils';

export type Name = keyof typeof SERVER_OPTIONS;

export const TCP_SERVER: CommandSpec<Name> = {
  program: 'tcp-server',
  usage: 'tcp-server [port] [options]',
  summary: 'Receives from tcp-client or iperf3: throughput, jitter, one-way delay.',
  options: SERVER_OPTIONS,
  examples: [
    ['tcp-server', 'listens on port 65432'],
    ['tcp-server 5201', 'where iperf3 clients look for a server'],
  ],
  mostPositionals: 1,
};

interface TcpServerRun {
  readonly transport: TransportChoice;
  readonly options: ServeOptions;
}

/** What a command line asks for. Throws `UsageError`. */
export const tcpServerRun = (raw: RawArguments<Name>): TcpServerRun => ({
  transport: transportArgument(raw),
  options: {
    runner: 'tcp-server',
    serves: { probes: undefined, udpLoad: false, tcpLoad: true },
    ...serverArguments(raw),
  },
});
