import { join } from 'node:path';
import { load, loadSettings, ping, pingSettings } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { clientMain } from '@pathgauge/utils';
import { UDP_CLIENT, udpClientRun } from './options';

void clientMain(UDP_CLIENT, (raw) => {
  const run = udpClientRun(raw);
  const { transport: choice, spin } = run;
  const transport = () => openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
  return {
    kind: run.kind,
    target: { host: run.options.host, port: run.options.port },
    settings: run.kind === 'ping' ? pingSettings(run.options) : loadSettings(run.options),
    begin: (wishes) =>
      run.kind === 'ping'
        ? ping(run.options, transport(), wishes.end, wishes)
        : load(run.options, transport(), wishes.end, wishes),
  };
});
