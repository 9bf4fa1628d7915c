import { Completion } from './completion';

describe('Completion', () => {
  it('calls back when it happens, in the call that makes it happen, in the order of asking', () => {
    const completion = new Completion();
    const called: string[] = [];
    completion.onComplete(() => called.push('first'));
    completion.onComplete(() => called.push('second'));
    expect([completion.isComplete, called]).toStrictEqual([false, []]);
    completion.complete();
    expect([completion.isComplete, called]).toStrictEqual([true, ['first', 'second']]);
  });

  it('calls back at once when it has happened, and nobody twice', () => {
    const completion = new Completion();
    const called: string[] = [];
    completion.onComplete(() => called.push('before'));
    completion.complete();
    completion.complete();
    completion.onComplete(() => called.push('behind'));
    expect(called).toStrictEqual(['before', 'behind']);
  });
});
