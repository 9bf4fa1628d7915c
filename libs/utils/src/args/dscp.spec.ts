import { parseDscp } from './dscp';
import { UsageError } from './quantities';

describe('parseDscp', () => {
  it.each([
    ['0', 0],
    ['63', 63],
    ['007', 7],
    // RFC 3246, 5865, 8622.
    ['EF', 46],
    ['ef', 46],
    ['VA', 44],
    ['LE', 1],
    // RFC 2474: the precedence in the upper three bits.
    ['CS0', 0],
    ['CS1', 8],
    ['CS5', 40],
    ['CS7', 56],
    // RFC 2597 section 6: 001010, 001100, 001110, 010010, ... 100110.
    ['AF11', 10],
    ['AF12', 12],
    ['AF13', 14],
    ['AF21', 18],
    ['AF22', 20],
    ['AF33', 30],
    ['Af41', 34],
    ['AF42', 36],
    ['AF43', 38],
  ])('%s is %d', (text, dscp) => {
    expect(parseDscp(text)).toBe(dscp);
  });

  it.each(['64', '-1', '1.5', '', 'CS8', 'AF14', 'AF51', 'AF1', 'EF ', '０', '0x2e', 'NaN', '1e1', 'constructor'])(
    '%j is refused, with the names',
    (text) => {
      expect(() => parseDscp(text)).toThrow(UsageError);
      expect(() => parseDscp(text)).toThrow(/from 0 to 63, or EF, VA, LE, CS0 to CS7, AF11 to AF43$/);
    },
  );
});
