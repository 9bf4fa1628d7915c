import { streamId } from './stream-id';

it('passes 2 over, as iperf3 does', () => {
  expect([0, 1, 2, 127].map(streamId)).toStrictEqual([1, 3, 4, 129]);
});
