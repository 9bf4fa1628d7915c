import { join } from 'node:path';
import { load, ping } from '@pathgauge/session';
import { openTransport } from '@pathgauge/transport';
import { main, runClient } from '@pathgauge/utils';
import { UDP_CLIENT, udpClientRun } from './options';

void main(UDP_CLIENT, async (raw, signal) => {
  const run = udpClientRun(raw);
  const { transport: choice, spin } = run;
  const transport = openTransport({ choice, threadFile: join(__dirname, 'thread.worker.js'), spin });
  const session = run.kind === 'ping' ? ping(run.options, transport, signal) : load(run.options, transport, signal);
  return runClient(session, run.output);
});
