import fc from 'fast-check';
import { shareOfAmount } from './load-amount';

const RECORDS = { length: 1000, min: 20, max: 1_048_576 };
const DATAGRAMS = { length: 1000, min: 16, max: 1000 };

const sharesOf = (bytes: number, streams: number, messages = RECORDS) =>
  Array.from({ length: streams }, (_, index) => shareOfAmount({ bytes }, streams, index, messages));

const bytesOf = ({ planned, lastLength }: { planned: number; lastLength: number }, length: number): number =>
  planned === 0 ? 0 : (planned - 1) * length + lastLength;

describe('shareOfAmount', () => {
  it.each<[what: string, bytes: number, streams: number, shares: [planned: number, lastLength: number][]]>([
    [
      'whole messages',
      4000,
      2,
      [
        [2, 1000],
        [2, 1000],
      ],
    ],
    [
      'a message more for the first',
      3000,
      2,
      [
        [2, 1000],
        [1, 1000],
      ],
    ],
    [
      'a shorter last one',
      2500,
      2,
      [
        [2, 500],
        [1, 1000],
      ],
    ],
    [
      'fewer messages than streams',
      1500,
      3,
      [
        [1, 1000],
        [1, 500],
        [0, 1000],
      ],
    ],
    [
      'less than one message',
      300,
      2,
      [
        [1, 300],
        [0, 1000],
      ],
    ],
    ['a rest that is no message of its own', 2003, 1, [[2, 1003]]],
  ])('gives %s', (_, bytes, streams, shares) => {
    expect(sharesOf(bytes, streams)).toStrictEqual(shares.map(([planned, lastLength]) => ({ planned, lastLength })));
  });

  it('rounds a rest up that no datagram can carry, and nothing else', () => {
    expect(sharesOf(2003, 1, DATAGRAMS)).toStrictEqual([{ planned: 3, lastLength: 16 }]);
    expect(sharesOf(2016, 1, DATAGRAMS)).toStrictEqual([{ planned: 3, lastLength: 16 }]);
    expect(sharesOf(7, 1, DATAGRAMS)).toStrictEqual([{ planned: 1, lastLength: 16 }]);
  });

  it('adds up to the amount to the byte, whatever it is and among however many it is shared', () => {
    const length = fc.integer({ min: 20, max: 131_072 });
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 1e12 }),
        fc.integer({ min: 1, max: 128 }),
        length,
        (bytes, streams, length) => {
          const shares = sharesOf(bytes, streams, { ...RECORDS, length });
          const sum = shares.reduce((all, share) => all + bytesOf(share, length), 0);
          expect(sum).toBe(bytes);
          const planned = shares.map((share) => share.planned);
          expect(Math.max(...planned) - Math.min(...planned)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});
