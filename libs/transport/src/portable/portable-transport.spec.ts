import { describeIcmp } from '../../test/icmp-contract';
import { describeRefusals } from '../../test/refusal-contract';
import { describeTransport } from '../../test/transport-contract';
import { portableTransport } from './portable-transport';

describeTransport('portable', portableTransport);
// Node has no option for it: to hear of drops in the own queue.
describeRefusals('portable', portableTransport, false);
describeIcmp('portable', portableTransport, false);

it('says what it is', () => {
  expect(portableTransport().kind).toBe('portable');
});
