import { Pool } from './pool';

describe('Pool', () => {
  const counted = () => {
    let made = 0;
    const pool = new Pool(() => ({ number: made++ }));
    return { pool, made: () => made };
  };

  it('makes nothing before it is needed, and one for all who come one after the other', () => {
    const { pool, made } = counted();
    expect(made()).toBe(0);
    for (let use = 0; use < 100; use++) pool.giveBack(pool.take());
    expect(made()).toBe(1);
  });

  it('gives each another while they are used', () => {
    const { pool, made } = counted();
    const taken = Array.from({ length: 10 }, () => pool.take());
    expect(new Set(taken).size).toBe(10);
    for (const each of taken) pool.giveBack(each);
    expect(new Set(Array.from({ length: 3 }, () => pool.take())).size).toBe(3);
    expect(made()).toBe(10);
  });

  it('keeps few that nobody uses', () => {
    const { pool, made } = counted();
    for (const each of Array.from({ length: 1_000 }, () => pool.take())) pool.giveBack(each);
    const before = made();
    for (let i = 0; i < 10; i++) pool.take();
    expect(made() - before).toBeGreaterThanOrEqual(6);
  });
});
