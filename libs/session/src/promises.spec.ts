import { deferred, heardElsewhere } from './promises';

describe('deferred', () => {
  it('resolves with what it is given', async () => {
    const { promise, resolve } = deferred<number>();
    resolve(3);
    await expect(promise).resolves.toBe(3);
  });

  it('rejects with what it is given', async () => {
    const { promise, reject } = deferred();
    reject(new Error('no'));
    await expect(promise).rejects.toThrow('no');
  });
});

describe('heardElsewhere', () => {
  it('still fails for those who wait for it', async () => {
    await expect(heardElsewhere(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
