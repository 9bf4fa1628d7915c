import { NO_PROBES, type ProbeTotals, sumOfTotals, withOpeningsIgnored } from './probe-totals';

const ONE: ProbeTotals = {
  probeSessions: 1,
  probesAnswered: 20,
  datagramsIgnored: 5,
  ignored: { short: 3, opening: 2 },
};
const OTHER: ProbeTotals = {
  probeSessions: 2,
  probesAnswered: 300,
  datagramsIgnored: 7,
  ignored: { opening: 4, corrupt: 3 },
};

describe('the totals of probe services', () => {
  it('add up, reason by reason', () => {
    expect(sumOfTotals(ONE, OTHER)).toStrictEqual({
      probeSessions: 3,
      probesAnswered: 320,
      datagramsIgnored: 12,
      ignored: { short: 3, opening: 6, corrupt: 3 },
    });
  });

  it('are the same with those of nobody added', () => {
    expect(sumOfTotals(NO_PROBES, ONE)).toStrictEqual(ONE);
    expect(sumOfTotals(ONE, NO_PROBES)).toStrictEqual(ONE);
  });

  it('count openings that opened nothing among the ignored', () => {
    expect(withOpeningsIgnored(ONE, 0)).toBe(ONE);
    expect(withOpeningsIgnored(ONE, 2)).toMatchObject({ datagramsIgnored: 7, ignored: { short: 3, opening: 4 } });
  });
});
