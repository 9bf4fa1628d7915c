import { NOTHING_TOLD } from '@pathgauge/transport';
import { FakeNetwork } from './fake-network';
import { VirtualTime } from './virtual-time';

const STATE = {
  retransmits: 3,
  rttNs: 1e6,
  cwndBytes: 14_480,
  mssBytes: 1448,
  pathMtuBytes: 1500,
  congestion: 'reno',
};

const setUp = () => {
  const time = new VirtualTime();
  const network = new FakeNetwork(time);
  return { time, network, client: network.host('10.0.0.1'), server: network.host('10.0.0.2') };
};

describe('FakeSystem', () => {
  it('keeps what was set on a connection, before and when it is taken, for its tests to see', async () => {
    const { time, network, client, server } = setUp();
    const { system } = network;
    const { local } = await server.listen({ port: 7 }, () => {});
    const settings = { windowBytes: 65_536, mssBytes: 1000 };
    const stream = await time.settle(client.connectStream(local, { timeoutMs: 1, settings }));
    expect(system.settingsAt(stream.local)).toStrictEqual(settings);
    client.takeStream(client.handOver(stream), { congestion: 'reno' });
    expect(system.settingsAt(stream.local)).toStrictEqual({ ...settings, congestion: 'reno' });
    expect(system.settingsAt(stream.remote)).toStrictEqual({});
  });

  it('tells of a connection what the test says, and nothing where it says nothing', async () => {
    const { time, network, client, server } = setUp();
    const { local } = await server.listen({ port: 7 }, () => {});
    const settings = { windowBytes: 4096 };
    const stream = await time.settle(client.connectStream(local, { timeoutMs: 1, settings }));
    expect([stream.granted, stream.pathState()]).toStrictEqual([NOTHING_TOLD, undefined]);
    network.system.grantedFor = ({ windowBytes }) => ({ ...NOTHING_TOLD, sendBufferBytes: windowBytes });
    network.system.pathStateOf = (at) => (at.address === '10.0.0.1' ? STATE : undefined);
    expect(stream.granted).toStrictEqual({ ...NOTHING_TOLD, sendBufferBytes: 4096 });
    expect(stream.pathState()).toStrictEqual(STATE);
  });

  it('keeps with what a datagram socket was opened', async () => {
    const { network, client } = setUp();
    const options = { trafficClass: 184, windowBytes: 4096 };
    const { local } = await client.connectDatagrams({ address: '10.0.0.2', port: 7 }, options);
    expect(network.system.optionsAt(local)).toStrictEqual(options);
    expect(network.system.optionsAt({ address: '10.0.0.2', port: 7 })).toBeUndefined();
  });

  it('has the congestion controls and the processor time that the test says', () => {
    const { network, client, server } = setUp();
    expect([client.canUseCongestion('cubic'), client.canUseCongestion('bbr')]).toStrictEqual([true, false]);
    network.system.congestionControls = ['bbr'];
    expect([client.canUseCongestion('cubic'), client.canUseCongestion('bbr')]).toStrictEqual([false, true]);
    expect(client.processorTime()).toStrictEqual({ userNs: 0, systemNs: 0 });
    network.system.processorTime = (address) => ({ userNs: address === '10.0.0.2' ? 5 : 1, systemNs: 2 });
    expect([client.processorTime(), server.processorTime()]).toStrictEqual([
      { userNs: 1, systemNs: 2 },
      { userNs: 5, systemNs: 2 },
    ]);
  });
});
