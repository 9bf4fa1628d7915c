import { randomBytes, randomSsid } from './random';

afterEach(() => jest.restoreAllMocks());

it('draws an SSID again when it is the one that stands for none', () => {
  const draws = [0, 0, 0xffff];
  const generator = jest.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
    (array as Uint16Array)[0] = draws.shift() as number;
    return array;
  });
  expect(randomSsid()).toBe(0xffff);
  expect(generator).toHaveBeenCalledTimes(3);
});

it('gives as many bytes as are asked for, others each time', () => {
  expect(randomBytes(37)).toHaveLength(37);
  expect(randomBytes(16)).not.toStrictEqual(randomBytes(16));
});
