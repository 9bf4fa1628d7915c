import { TypedLine } from './typed-line';

const typed = (...chunks: string[]) => {
  const line = new TypedLine();
  const ends = chunks.map((chunk) => line.take(chunk));
  return [line.text, ends.at(-1)];
};

it.each([
  [['secret\r'], 'secret'],
  [['se', 'cr', 'et', '\n'], 'secret'],
  [['secret\u0004'], 'secret'],
  [['\r'], ''],
  [[' two words \r'], ' two words '],
  [['secreX\u007ft\r'], 'secret'],
  [['s\b\b\bsecret\r'], 'secret'],
  // A character of two code units is one.
  [['secret\u{1f511}\u007f\r'], 'secret'],
  [['wrong\u0015secret\r'], 'secret'],
  [['sec', '\u001b[A', '\u001b', 'ret\r'], 'secret'],
  [['se\tc\0ret\r'], 'secret'],
  [['secret\rmore'], 'secret'],
])('%j is %j', (chunks, text) => {
  expect(typed(...chunks)).toStrictEqual([text, 'entered']);
});

it('is interrupted by Ctrl-C, and goes on until there is an end', () => {
  expect(typed('secret\u0003\r')[1]).toBe('interrupted');
  expect(typed('secret')[1]).toBeUndefined();
});

it('grows no further than any key takes', () => {
  expect(typed('a'.repeat(1e5), 'b\r')).toStrictEqual(['a'.repeat(4096), 'entered']);
});
