import { join } from 'node:path';
import { portHandover, serve } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { main, runServer } from '@pathgauge/utils';
import { UDP_SERVER, udpServerRun } from './options';

void main(UDP_SERVER, async (raw, signal) => {
  const { options, output, transport: choice, spin } = udpServerRun(raw);
  const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
  return runServer(serve(options, transport, signal, portHandover()), output);
});
