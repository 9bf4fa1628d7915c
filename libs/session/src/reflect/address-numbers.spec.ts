import { AddressNumbers } from './address-numbers';

describe('AddressNumbers', () => {
  it('gives each address a number of its own, the same each time, and 0 to one that is not known', () => {
    const numbers = new AddressNumbers();
    const asked = ['10.0.0.1', '::1', undefined, '10.0.0.1', '10.0.0.2', '::1', undefined];
    expect(asked.map((address) => numbers.numberOf(address))).toStrictEqual([1, 2, 0, 1, 3, 2, 0]);
  });

  it('keeps 65,536 addresses at the most, and never gives a number again soon', () => {
    const numbers = new AddressNumbers();
    const seen = new Set<number>();
    for (let i = 0; i < 65_536; i++) seen.add(numbers.numberOf(`a${i}`));
    expect(seen.size).toBe(65_536);
    expect(numbers.numberOf('a0')).toBe(1);
    // One more: all are forgotten, and get numbers that nobody had.
    expect(seen.has(numbers.numberOf('one more'))).toBe(false);
    expect(seen.has(numbers.numberOf('a0'))).toBe(false);
  });

  it('stays below 2^21, and begins again behind it', () => {
    const numbers = new AddressNumbers();
    let largest = 0;
    for (let i = 0; i < 2 ** 21 - 1; i++) largest = Math.max(largest, numbers.numberOf(`a${i}`));
    expect(largest).toBe(2 ** 21 - 1);
    expect(numbers.numberOf('next')).toBe(1);
  });
});
