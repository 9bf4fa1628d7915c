import { join } from 'node:path';
import { portHandover, serve } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { serverMain } from '@pathgauge/utils';
import { TCP_SERVER, tcpServerRun } from './options';

void serverMain(TCP_SERVER, (raw) => {
  const { options, transport: choice } = tcpServerRun(raw);
  return {
    begin: (wishes) => {
      const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin: 'never' });
      return serve(options, transport, wishes.end, wishes, portHandover());
    },
  };
});
