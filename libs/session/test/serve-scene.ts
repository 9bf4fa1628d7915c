import type { ServerEvent } from '@pathgauge/result';
import { collect, FakeNetwork, VirtualTime } from '@pathgauge/testing';
import type { Transport } from '@pathgauge/transport';
import { milliseconds, seconds } from '@pathgauge/units';
import { ALL_METRICS } from '../src/metric-switches';
import type { PortHandover } from '../src/port-handover';
import { type ServeOptions, type Services, serve } from '../src/serve';

import { EVERYONE } from './everyone';

export const OPTIONS: ServeOptions = {
  runner: 'udp-server',
  serves: { probes: 'stamp', udpLoad: true, tcpLoad: false },
  address: undefined,
  port: 862,
  metrics: ALL_METRICS,
  reportInterval: seconds(1),
  once: false,
  ...EVERYONE,
};

export const ECHO: Services = { probes: 'echo', udpLoad: true, tcpLoad: false };

export const TCP_SERVER: Pick<ServeOptions, 'runner' | 'serves'> = {
  runner: 'tcp-server',
  serves: { probes: undefined, udpLoad: false, tcpLoad: true },
};

/** A network on virtual time, and a server there. */
export class ServeScene {
  readonly time = new VirtualTime();
  readonly network = new FakeNetwork(this.time);

  /** Serves for as long as `act` takes. */
  async during(
    options: Partial<ServeOptions>,
    act: () => Promise<void>,
    transport: Transport = this.network.host('10.0.0.2'),
    handover?: PortHandover,
  ): Promise<ServerEvent[]> {
    const abort = new AbortController();
    const events = collect(serve({ ...OPTIONS, ...options }, transport, abort.signal, undefined, handover));
    await this.time.advance(milliseconds(1));
    await act();
    await this.time.advance(seconds(1));
    abort.abort();
    return this.time.settle(events);
  }
}
