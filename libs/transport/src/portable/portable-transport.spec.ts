import { describeIcmp } from '../../test/icmp-contract';
import { describeRefusals } from '../../test/refusal-contract';
import { describeRoles } from '../../test/role-contract';
import { describeTransport } from '../../test/transport-contract';
import { portableTransport } from './portable-transport';

describeTransport('portable', portableTransport);
describeRoles('portable', () => {
  const peers = portableTransport();
  return { transport: portableTransport(), address: '127.0.0.1', peers, settle: (promise) => promise };
});
// Node has no option for it: to hear of drops in the own queue.
describeRefusals('portable', portableTransport, false);
describeIcmp('portable', portableTransport, false);

it('says what it is', () => {
  expect(portableTransport().kind).toBe('portable');
});
