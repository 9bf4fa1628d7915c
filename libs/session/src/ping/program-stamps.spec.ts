import { ProgramStamps } from './program-stamps';

describe('ProgramStamps', () => {
  it('keeps which stamps this program took until they are asked for, once', () => {
    const stamps = new ProgramStamps(true);
    stamps.answer(3, true, true);
    stamps.answer(4, false, false);
    expect(stamps.take(3)).toStrictEqual(['sent', 'received']);
    expect(stamps.take(3)).toStrictEqual([]);
    expect(stamps.take(4)).toStrictEqual([]);
    expect(stamps.counts()).toStrictEqual({ sent: 1, replied: 0, received: 1 });
  });

  it("adds the server's where it has not told when exactly the reply left", () => {
    const stamps = new ProgramStamps(true);
    expect(stamps.settle(['sent'], true)).toStrictEqual(['sent']);
    expect(stamps.settle(['sent'], false)).toStrictEqual(['sent', 'replied']);
    expect(stamps.counts()).toStrictEqual({ sent: 0, replied: 1, received: 0 });
  });

  it('takes a server at its word that was asked and knows nothing of that', () => {
    expect(new ProgramStamps(false).isTakenAtItsWord).toBe(false);
    const stamps = new ProgramStamps(true);
    expect(stamps.isTakenAtItsWord).toBe(true);
    stamps.believeLess();
    expect(stamps.isTakenAtItsWord).toBe(false);
  });

  it('does not change counts that were taken already', () => {
    const stamps = new ProgramStamps(false);
    const before = stamps.counts();
    stamps.answer(0, true, false);
    expect(before).toStrictEqual({ sent: 0, replied: 0, received: 0 });
  });
});
