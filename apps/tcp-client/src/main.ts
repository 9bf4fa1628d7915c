import { load } from '@pathgauge/session';
import { portableTransport } from '@pathgauge/transport';
import { main, runClient } from '@pathgauge/utils';
import { TCP_CLIENT, tcpClientRun } from './options';

void main(TCP_CLIENT, async (raw, signal) => {
  const { options, output } = tcpClientRun(raw);
  return runClient(load(options, portableTransport(), signal), output);
});
