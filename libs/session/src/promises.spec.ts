import { deferred, handledElsewhere } from './promises';

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

describe('handledElsewhere', () => {
  it('still fails for those who wait for it', async () => {
    await expect(handledElsewhere(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
