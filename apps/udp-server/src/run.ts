import { join } from 'node:path';
import { openGuard, portHandover, serve } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { type CommandLine, guardArguments, serverMain, warn } from '@pathgauge/utils';
import { type Name, udpServerRun } from './options';

export const run = (commandLine: CommandLine<Name>): Promise<void> =>
  serverMain('udp-server', commandLine, (raw) => {
    const { options, transport: choice, spin } = udpServerRun(raw);
    const guard = guardArguments(raw);
    const refusalOfToken = guard && openGuard(guard, warn);
    return {
      begin: (wishes) => {
        const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
        return serve({ ...options, refusalOfToken }, transport, wishes.end, wishes, portHandover());
      },
    };
  });
