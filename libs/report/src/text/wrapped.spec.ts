import fc from 'fast-check';
import { wrapped } from './wrapped';

it('keeps lines within a terminal, and every part in its place', () => {
  const parts = fc.array(fc.stringMatching(/^[a-z]{1,40}$/), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(parts, (all) => {
      const lines = wrapped(all);
      expect(lines.every((line) => line.length <= 80)).toBe(true);
      expect(lines.map((line) => line.trim()).join(' ')).toBe(all.join(', '));
    }),
  );
});

it('goes on in a new line only where it must', () => {
  expect(wrapped(['a', 'b'])).toStrictEqual(['a, b']);
  expect(wrapped(['a'.repeat(60), 'b'.repeat(30), 'c'])).toStrictEqual([
    `${'a'.repeat(60)},`,
    `  ${'b'.repeat(30)}, c`,
  ]);
});
