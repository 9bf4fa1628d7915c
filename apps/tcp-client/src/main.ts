import { join } from 'node:path';
import { load, loadSettings } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { clientMain } from '@pathgauge/utils';
import { TCP_CLIENT, tcpClientRun } from './options';

void clientMain(TCP_CLIENT, (raw) => {
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
