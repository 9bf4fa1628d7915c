import type { InProcessTransport } from '@pathgauge/transport';
import type { FakeDatagrams } from './fake-datagrams';
import { type FakeHost, FakePath } from './fake-path';
import { fakeTransport } from './fake-transport';
import { type ClockSetting, VirtualClock } from './virtual-clock';

/** Hosts in memory and the path between them. */
export class FakeNetwork extends FakePath<FakeDatagrams> {
  /** A host with this address. */
  host(address: string, setting: Partial<ClockSetting> = {}): InProcessTransport {
    const host: FakeHost = { addresses: [address], clock: new VirtualClock(this.time, setting) };
    this.hosts.set(address, host);
    return fakeTransport(this, host);
  }
}
