import { TransportError } from '@pathgauge/transport';
import { instant } from '@pathgauge/units';
import { Refusals } from './refusals';

const refused = new TransportError('ECONNREFUSED', 'connection refused');
const at = (...ms: readonly number[]): boolean[] => {
  const refusals = new Refusals();
  return ms.map((each) => refusals.areEnough(refused, instant(each * 1e6)));
};

describe('Refusals', () => {
  it('are enough when they have come for half a second', () => {
    // A Linux host sends six at once and then one a second.
    expect(at(1000, 1000, 1001, 1001, 1002, 1002, 2001)).toStrictEqual([
      false,
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(at(1000, 1499, 1500)).toStrictEqual([false, false, true]);
  });

  it('are none of a flood where they are rare', () => {
    expect(at(1000, 4001, 7002, 10_003)).toStrictEqual([false, false, false, false]);
  });

  it('are no other failures', () => {
    const refusals = new Refusals();
    const failures = ['EHOSTUNREACH', 'ENETUNREACH', 'ENOBUFS'].map((code) => new TransportError(code, 'no'));
    expect(failures.map((error, i) => refusals.areEnough(error, instant(i * 1e9)))).toStrictEqual([
      false,
      false,
      false,
    ]);
  });
});
