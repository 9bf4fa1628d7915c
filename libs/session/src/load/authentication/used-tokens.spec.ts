import { UsedTokens } from './used-tokens';

const MOST = 10_000;

it('knows what was taken, until there is no time left for it and no room', () => {
  const used = new UsedTokens();
  for (let k = 0; k < MOST; k++) expect(used.take(`token ${k}`, 100 + (k % 2), 50)).toBe(true);
  expect(used.take('token 0', 100, 50)).toBe(false);
  // Full: nothing is taken, not even what is new.
  expect(used.take('new', 200, 100)).toBe(false);
  // Every other one has ended.
  expect(used.take('new', 200, 100.5)).toBe(true);
  expect(used.take('token 1', 101, 100.5)).toBe(false);
});
