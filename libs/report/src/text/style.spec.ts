import { PLAIN, styleFor } from './style';

describe('styleFor', () => {
  it.each([
    [true, undefined, true],
    [true, '', true],
    [true, '1', false],
    [true, '0', false],
    [false, undefined, false],
    [false, '1', false],
  ])('terminal %p and NO_COLOR %p: colour %p', (isTerminal, noColor, coloured) => {
    const style = styleFor(isTerminal, noColor);
    expect(style !== PLAIN).toBe(coloured);
    for (const paint of [style.good, style.bad, style.strong]) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what is looked for
      expect(paint('text')).toMatch(coloured ? /^\u001b\[\d+mtext\u001b\[0m$/ : /^text$/);
    }
  });
});
