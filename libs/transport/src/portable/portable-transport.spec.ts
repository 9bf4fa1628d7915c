import { describeTransport } from '../transport-contract';
import { portableTransport } from './portable-transport';

describeTransport('portable', portableTransport);

it('says what it is', () => {
  expect(portableTransport().kind).toBe('portable');
});
