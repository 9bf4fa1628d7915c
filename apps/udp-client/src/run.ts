import { join } from 'node:path';
import { load, loadSettings, ping, pingSettings } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { type CommandLine, clientMain } from '@pathgauge/utils';
import { type Name, udpClientRun } from './options';

export const run = (commandLine: CommandLine<Name>): Promise<void> =>
  clientMain('udp-client', commandLine, (raw) => {
    const run = udpClientRun(raw);
    const { transport: choice, spin } = run;
    const transport = () => openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
    return {
      asked:
        run.kind === 'ping'
          ? { kind: 'ping', settings: pingSettings(run.options) }
          : { kind: 'load', settings: loadSettings(run.options) },
      target: { host: run.options.host, port: run.options.port },
      begin: (wishes) =>
        run.kind === 'ping'
          ? ping(run.options, transport(), wishes.end, wishes)
          : load(run.options, transport(), wishes.end, wishes),
    };
  });
