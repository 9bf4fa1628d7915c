import { join } from 'node:path';
import { portHandover, serve } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { main, runServer } from '@pathgauge/utils';
import { TCP_SERVER, tcpServerRun } from './options';

void main(TCP_SERVER, async (raw, signal) => {
  const { options, output, transport: choice } = tcpServerRun(raw);
  const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin: 'never' });
  return runServer(serve(options, transport, signal, portHandover()), output);
});
