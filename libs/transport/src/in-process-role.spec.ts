import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { milliseconds } from '@pathgauge/units';
import { describeRoles } from '../test/role-contract';

describe.each([0, 0.05, 3])('on virtual time, with messages that cross in %p ms', (ms) => {
  describeRoles('fake', () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    network.crossing = milliseconds(ms);
    return {
      transport: network.host('10.0.0.2'),
      address: '10.0.0.2',
      peers: network.host('10.0.0.1'),
      settle: (promise) => time.settle(promise),
    };
  });
});
