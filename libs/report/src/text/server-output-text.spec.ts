import fc from 'fast-check';
import { serverOutputLines } from './server-output-text';

const linesOf = (text: string | undefined, json?: unknown) => serverOutputLines({ text, json }).slice(2);

it('is printed as it is, text or JSON', () => {
  expect(linesOf('[  5]\t0.00-1.00 s\r\n\nend\n')).toStrictEqual(['[  5]  0.00-1.00 s', 'end']);
  expect(linesOf(undefined, { a: 1 })).toStrictEqual(['{', '  "a": 1', '}']);
  expect(serverOutputLines(undefined)).toStrictEqual([]);
});

it('moves no cursor, and paints nothing, whatever a server sends', () => {
  expect(linesOf('\u001b[2J\u001b[31mred\u0007\u202eback')).toStrictEqual(['[2J[31mredback']);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
      expect(linesOf(text).join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }),
  );
});
