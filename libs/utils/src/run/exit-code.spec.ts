import type { Result } from '@pathgauge/result';
import { EXIT, exitCodeOf } from './exit-code';

const ping = (received: number, reason?: string): Result =>
  ({ kind: 'ping', complete: reason === undefined, reason, probes: { received } }) as unknown as Result;

const load = (bytes: number | undefined, reason?: string): Result =>
  ({
    kind: 'load',
    complete: reason === undefined,
    reason,
    streams: [{ bytes, sent: { bytes: 1000 } }],
  }) as unknown as Result;

describe('exitCodeOf', () => {
  it.each([
    ['probes answered', ping(1), EXIT.measured],
    ['no probe answered', ping(0), EXIT.failed],
    ['interrupted by the user with something measured', ping(1, 'interrupted'), EXIT.measured],
    ['interrupted by the user with nothing measured', ping(0, 'interrupted'), EXIT.failed],
    ['cut short by the peer', load(1000, 'the connection was reset'), EXIT.failed],
    ['a load that arrived', load(1000), EXIT.measured],
    ['a load of which nothing arrived', load(0), EXIT.failed],
    ['a load of which nobody knows what arrived', load(undefined), EXIT.failed],
    ['of which the own host sent less than was asked for', ping(1, 'not everything was sent'), EXIT.measured],
    ['an interrupted load', load(1000, 'interrupted'), EXIT.measured],
    ['no stream at all', { ...load(0), streams: undefined }, EXIT.failed],
  ])('%s', (_, result, code) => {
    expect(exitCodeOf(result)).toBe(code);
  });

  it('keeps the three codes apart', () => {
    expect(EXIT).toStrictEqual({ measured: 0, failed: 1, usage: 2 });
  });
});
