import { Wake } from './wake';

describe('Wake', () => {
  it('wakes all who wait, once', async () => {
    const wake = new Wake();
    const woken: string[] = [];
    void wake.wait().then(() => woken.push('a'));
    void wake.wait().then(() => woken.push('b'));
    await Promise.resolve();
    expect(woken).toStrictEqual([]);
    wake.ring();
    wake.ring();
    await Promise.resolve();
    await Promise.resolve();
    expect(woken).toStrictEqual(['a', 'b']);
  });

  it('looks again after each ring until something is found', async () => {
    const wake = new Wake();
    const values = [undefined, undefined, 7];
    const found = wake.until(() => values.shift());
    for (let i = 0; i < 2; i++) {
      await Promise.resolve();
      wake.ring();
    }
    await expect(found).resolves.toBe(7);
    expect(values).toStrictEqual([]);
  });

  it('passes on what the look throws', async () => {
    const wake = new Wake();
    const look = (): undefined => {
      throw new Error('broken');
    };
    await expect(wake.until(look)).rejects.toThrow('broken');
  });
});
