import { streamPlaces } from './stream-places';

it('are numbered as iperf3 numbers them, those that go up first', () => {
  expect(streamPlaces({ directions: ['up', 'down'], parallel: 2 })).toStrictEqual([
    { id: 1, direction: 'up', index: 0 },
    { id: 3, direction: 'up', index: 1 },
    { id: 4, direction: 'down', index: 0 },
    { id: 5, direction: 'down', index: 1 },
  ]);
  expect(streamPlaces({ directions: ['down'], parallel: 1 })).toStrictEqual([{ id: 1, direction: 'down', index: 0 }]);
});
