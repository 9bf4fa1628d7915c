import { milliseconds } from '@pathgauge/units';
import { describeRoles } from '../../transport/test/role-contract';
import { FakeNetwork } from './fake-network';
import { VirtualTime } from './virtual-time';

describe.each([0, 0.05, 3])('with messages that cross in %p ms', (ms) => {
  describeRoles('fake', () => {
    const time = new VirtualTime();
    const network = new FakeNetwork(time);
    network.crossing = milliseconds(ms);
    const transport = network.host('10.0.0.2');
    return {
      transport,
      address: '10.0.0.2',
      peers: network.host('10.0.0.1'),
      settle: (promise) => time.settle(promise),
    };
  });
});
