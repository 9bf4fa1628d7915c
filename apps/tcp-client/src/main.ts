import { join } from 'node:path';
import { load } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { main, runClient } from '@pathgauge/utils';
import { TCP_CLIENT, tcpClientRun } from './options';

void main(TCP_CLIENT, async (raw, signal) => {
  const { options, output, transport: choice } = tcpClientRun(raw);
  const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin: 'never' });
  return runClient(load(options, transport, signal), output);
});
