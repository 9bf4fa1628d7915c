import { join } from 'node:path';
import { load, loadSettings } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { type CommandLine, clientMain } from '@pathgauge/utils';
import { type Name, tcpClientRun } from './options';

export const run = (commandLine: CommandLine<Name>): Promise<void> =>
  clientMain('tcp-client', commandLine, (raw) => {
    const { options, transport: choice } = tcpClientRun(raw);
    return {
      asked: { kind: 'load', settings: loadSettings(options) },
      target: { host: options.host, port: options.port },
      begin: (wishes) => {
        const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin: 'never' });
        return load(options, transport, wishes.end, wishes);
      },
    };
  });
