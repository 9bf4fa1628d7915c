import { load, ping } from '@pathgauge/session';
import { portableTransport } from '@pathgauge/transport';
import { main, runClient } from '@pathgauge/utils';
import { UDP_CLIENT, udpClientRun } from './options';

void main(UDP_CLIENT, async (raw, signal) => {
  const run = udpClientRun(raw);
  const transport = portableTransport();
  const session = run.kind === 'ping' ? ping(run.options, transport, signal) : load(run.options, transport, signal);
  return runClient(session, run.output);
});
