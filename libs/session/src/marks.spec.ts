import { requireMarks } from './marks';

const UNMARKED = { dscp: undefined, dontFragment: false };
const UNABLE = { marks: false, note: 'no koffi' };

describe('requireMarks', () => {
  it.each([
    ['dscp', { ...UNMARKED, dscp: 46 }],
    ['dscp', { ...UNMARKED, dscp: 0 }],
    ['dontFragment', { ...UNMARKED, dontFragment: true }],
  ] as const)('refuses %s where the transport cannot, and says why', (setting, marks) => {
    expect(() => requireMarks(UNABLE, marks)).toThrow(
      expect.objectContaining({ setting, message: expect.stringMatching(/no koffi$/) }),
    );
    expect(() => requireMarks({ marks: true, note: undefined }, marks)).not.toThrow();
  });

  it('asks nothing of a transport when nothing is to be marked', () => {
    expect(() => requireMarks(UNABLE, UNMARKED)).not.toThrow();
  });
});
