import { TransportError } from '@pathgauge/transport';
import { type LeftAside, leftAsideText, noneWouldDo } from './left-aside';

const silent = (last: number): LeftAside => ({ address: `192.0.2.${last}`, failure: undefined });
const refused: LeftAside = {
  address: '2001:db8::1',
  failure: new TransportError('ECONNREFUSED', 'cannot connect to [2001:db8::1]:5: connection refused; is it running?'),
};

describe('addresses that are not used', () => {
  it.each<[string, LeftAside[], string]>([
    ['one that did not answer', [silent(1)], '192.0.2.1 (no reply)'],
    ['one that failed: without what was done, and what to do about it', [refused], '2001:db8::1 (connection refused)'],
    ['several, in their order', [refused, silent(2)], '2001:db8::1 (connection refused), 192.0.2.2 (no reply)'],
  ])('names %s', (_, all, text) => {
    expect(leftAsideText(all)).toBe(text);
  });

  it.each([4, 5, 100])('names four of %i', (count) => {
    const text = leftAsideText(Array.from({ length: count }, (_, i) => silent(i)));
    expect(text.split('(no reply)')).toHaveLength(5);
    expect(text.endsWith(count === 4 ? '(no reply)' : ` and ${count - 4} more`)).toBe(true);
  });

  it('fail together with the code of the first, and the reason of each', () => {
    const error = noneWouldDo('cannot send to host', [refused, silent(2)]);
    expect(error).toMatchObject({
      code: 'ECONNREFUSED',
      message: 'cannot send to host: 2001:db8::1 (connection refused), 192.0.2.2 (no reply)',
      cause: refused.failure,
    });
    expect(noneWouldDo('cannot send to host', [silent(1)])).toMatchObject({ code: 'UNKNOWN' });
  });
});
