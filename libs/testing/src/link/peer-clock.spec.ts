import type { DatagramSocket } from '@pathgauge/transport';
import { instant, type Span } from '@pathgauge/units';
import { FakeNetwork } from '../fake-network';
import { VirtualTime } from '../virtual-time';
import { withPeerClock } from './peer-clock';

const S = 1e9;

describe('withPeerClock', () => {
  it('puts the offset into wall time, and skew and steps into what the clock reads', async () => {
    const time = new VirtualTime();
    const host = new FakeNetwork(time).host('10.0.0.1');
    const fault = { offsetNs: 2.5 * S, skewPpm: 100, steps: [{ afterNs: 3 * S, byNs: 7000 }] };
    const peer = withPeerClock(host, fault);
    const { seconds, nanoseconds } = host.clock.anchor();
    expect(peer.clock.anchor()).toMatchObject({ seconds: seconds + 2, nanoseconds: nanoseconds + 0.5 * S });
    expect(peer.clock.now()).toBe(host.clock.now());
    await time.advance((2 * S) as Span);
    // 100 ppm of 2 s.
    expect(peer.clock.now() - host.clock.now()).toBe(200_000);
    // Its steps count from the first datagram.
    await time.advance((2 * S) as Span);
    expect(peer.clock.now() - host.clock.now()).toBe(400_000);
    const socket = await peer.bindDatagrams({ bind: { port: 9 } });
    socket.onBatch(() => {});
    (await host.bindDatagrams({})).send(Uint8Array.of(1), { address: '10.0.0.1', port: 9 });
    await time.advance((2 * S) as Span);
    expect(peer.clock.now() - host.clock.now()).toBe(600_000);
    await time.advance((2 * S) as Span);
    expect(peer.clock.now() - host.clock.now()).toBe(800_000 + 7000);
  });

  it('stamps what arrives by that clock, and its timer fires by it', async () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    const peer = withPeerClock(network.host('10.0.0.1'), { skewPpm: 500_000 });
    const other = network.host('10.0.0.2');
    const socket: DatagramSocket = await peer.bindDatagrams({ bind: { port: 9 } });
    const arrivals: number[] = [];
    socket.onBatch((batch) => arrivals.push(batch.arrival(0) - begin));
    const begin = peer.clock.now();
    (await other.bindDatagrams({})).send(Uint8Array.of(1), { address: '10.0.0.1', port: 9 });
    let fired = 0;
    peer.timer().set(instant(begin + 15e6), () => {
      fired = peer.clock.now() - begin;
    });
    await time.advance(20e6 as Span);
    // A millisecond under way, on a clock that runs half as fast again.
    expect(arrivals).toStrictEqual([1.5e6]);
    // It fires where that clock would be if it ran true from here on: not before 15 ms have passed on the host's.
    expect(fired).toBe(22.5e6);
  });
});
