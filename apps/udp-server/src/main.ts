import { serve } from '@pathgauge/session';
import { portableTransport } from '@pathgauge/transport';
import { main, runServer } from '@pathgauge/utils';
import { UDP_SERVER, udpServerRun } from './options';

void main(UDP_SERVER, async (raw, signal) => {
  const { options, output } = udpServerRun(raw);
  return runServer(serve(options, portableTransport(), signal), output);
});
