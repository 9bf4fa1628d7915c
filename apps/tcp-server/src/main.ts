import { serve } from '@pathgauge/session';
import { portableTransport } from '@pathgauge/transport';
import { main, runServer } from '@pathgauge/utils';
import { TCP_SERVER, tcpServerRun } from './options';

void main(TCP_SERVER, async (raw, signal) => {
  const { options, output } = tcpServerRun(raw);
  return runServer(serve(options, portableTransport(), signal), output);
});
