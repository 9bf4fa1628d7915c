import { join } from 'node:path';
import { portHandover, serve } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { serverMain } from '@pathgauge/utils';
import { UDP_SERVER, udpServerRun } from './options';

void serverMain(UDP_SERVER, (raw) => {
  const { options, transport: choice, spin } = udpServerRun(raw);
  return {
    begin: (wishes) => {
      const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
      return serve(options, transport, wishes.end, wishes, portHandover());
    },
  };
});
