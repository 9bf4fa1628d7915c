import { join } from 'node:path';
import { portHandover, serve } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { type CommandLine, serverMain } from '@pathgauge/utils';
import { type Name, udpServerRun } from './options';

export const run = (commandLine: CommandLine<Name>): Promise<void> =>
  serverMain('udp-server', commandLine, (raw) => {
    const { options, transport: choice, spin } = udpServerRun(raw);
    return {
      begin: (wishes) => {
        const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
        return serve(options, transport, wishes.end, wishes, portHandover());
      },
    };
  });
