import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { seconds } from '@pathgauge/units';
import { answerProbes } from '../../test/probe-flows';
import { usualProbes } from '../../test/usual-probes';
import { HostStalls } from '../host-stalls';
import { StampFlows } from './stamp-flows';

const PORT = 862;

describe('StampFlows', () => {
  it('measures to many peers, several times to one, through one socket; each flow for itself', async () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    const host = network.host('10.0.0.1');
    const socket = await host.bindDatagrams({});
    const flows = new StampFlows(host, socket, new HostStalls());
    const opened = [];
    for (let i = 0; i < 40; i++) {
      const address = `10.0.1.${i % 20}`;
      if (i < 20) await answerProbes(network.host(address), PORT);
      const over = { count: 0 };
      const flow = flows.open(
        usualProbes(address, PORT),
        { address, port: PORT },
        { onBegin: () => {}, onEvent: () => {}, onNotice: () => {}, onOver: () => over.count++ },
      );
      opened.push({ flow, over });
    }
    // From every fourth peer nothing comes back.
    network.fateOf = ({ from }) => (Number(from.address.split('.')[3]) % 4 === 3 ? [] : [seconds(0.001)]);
    for (const { flow } of opened) flow.begin();
    await time.advance(seconds(5));
    for (const [i, { flow, over }] of opened.entries()) {
      const received = i % 4 === 3 ? 0 : 10;
      expect([over.count, flow.figures().counts.received, flow.isAnswered]).toStrictEqual([1, received, received > 0]);
      expect(flow.figures().foreignReplies).toBeUndefined();
      flow.release();
    }
    expect(flows.foreign).toBe(0);
    flows.close();
    expect(network.sockets.has(`10.0.0.1:${socket.local.port}`)).toBe(false);
  });
});
