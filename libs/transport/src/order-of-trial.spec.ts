import { inOrderOfTrial, MAX_ADDRESSES } from './names';

describe('the addresses of a name', () => {
  it.each([
    ['one', ['192.0.2.1'], ['192.0.2.1']],
    ['doubled', ['192.0.2.1', '192.0.2.2', '192.0.2.1'], ['192.0.2.1', '192.0.2.2']],
    ['in IPv6 notation', ['::ffff:192.0.2.1', '192.0.2.1'], ['192.0.2.1']],
    [
      'of one family before the other',
      ['2001:db8::1', '2001:db8::2', '2001:db8::3', '192.0.2.1'],
      ['2001:db8::1', '192.0.2.1', '2001:db8::2', '2001:db8::3'],
    ],
    ['with the other family first', ['192.0.2.1', '2001:db8::1'], ['192.0.2.1', '2001:db8::1']],
  ])('%s', (_, found, order) => {
    expect(inOrderOfTrial(found)).toStrictEqual(order);
  });

  it('are no more than can be tried, of both families where there are both', () => {
    const many = Array.from({ length: 100 }, (_, i) => `2001:db8::${i + 1}`);
    const order = inOrderOfTrial([...many, '192.0.2.1']);
    expect(order).toHaveLength(MAX_ADDRESSES);
    expect(order[1]).toBe('192.0.2.1');
  });
});
