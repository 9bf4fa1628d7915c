import { TransportError } from '@pathgauge/transport';
import { leftAsideText, noneWouldDo } from './left-aside';
import { choiceNotice, movedText, silenceNotice } from './reach-text';

const UNREACHABLE = new TransportError('ENETUNREACH', 'cannot send: network unreachable');
const silent = (last: number) => ({ address: `192.0.2.${last}`, failure: undefined });

describe('addresses that were left aside', () => {
  it('are named with the reason, which is no reply where nothing failed', () => {
    expect(leftAsideText([silent(1), { address: '2001:db8::1', failure: UNREACHABLE }])).toBe(
      '192.0.2.1 (no reply), 2001:db8::1 (network unreachable)',
    );
  });

  it('are named up to four, the others counted', () => {
    expect(leftAsideText([1, 2, 3, 4].map(silent))).not.toContain('more');
    expect(leftAsideText([1, 2, 3, 4, 5, 6].map(silent))).toMatch(/192\.0\.2\.4 \(no reply\) and 2 more$/);
  });

  it('make up one error when there is no other, with the code of the first', () => {
    const all = [{ address: '2001:db8::1', failure: UNREACHABLE }, silent(1)];
    expect(noneWouldDo('cannot connect to host', all)).toMatchObject({
      code: 'ENETUNREACH',
      message: 'cannot connect to host: 2001:db8::1 (network unreachable), 192.0.2.1 (no reply)',
      cause: UNREACHABLE,
    });
    expect(noneWouldDo('cannot connect to host', [silent(1)])).toMatchObject({ code: 'UNKNOWN' });
  });
});

describe('which address is measured', () => {
  const choice = { address: '192.0.2.2', leftAside: [silent(1)], isAnswering: true };

  it('is said where others were left aside, and where none answers', () => {
    expect(choiceNotice('host', choice)).toStrictEqual({
      code: 'address-left-aside',
      message: 'host: 192.0.2.2 is measured; left aside: 192.0.2.1 (no reply)',
    });
    expect(choiceNotice('host', { ...choice, isAnswering: false })).toStrictEqual({
      code: 'no-address-answers',
      message: 'no reply from any address of host: 192.0.2.1 (no reply); probes go to 192.0.2.2',
    });
  });

  it('goes without saying where there was no other, or none was asked', () => {
    expect(choiceNotice('host', { ...choice, leftAside: [] })).toBeUndefined();
    expect(choiceNotice('host', { ...choice, isAnswering: undefined })).toBeUndefined();
  });

  it('is said at the end, where it was not asked and nothing came: with those that there was no way to', () => {
    expect(silenceNotice('host', { ...choice, isAnswering: undefined })?.message).toBe(
      'no reply from any address of host: 192.0.2.2 (no reply), 192.0.2.1 (no reply)',
    );
    expect(silenceNotice('host', { ...choice, isAnswering: undefined, leftAside: [] })).toBeUndefined();
    expect(silenceNotice('host', choice)).toBeUndefined();
  });
});

it('tells an own address that is another from one that came back', () => {
  expect(movedText('10.0.0.1', '10.0.0.2')).toBe(
    'the own address is 10.0.0.2 now, 10.0.0.1 before; probes go on from there',
  );
  expect(movedText('10.0.0.1', '10.0.0.1')).toContain('was gone for a while');
});
