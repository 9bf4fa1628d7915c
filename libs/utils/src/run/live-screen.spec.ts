import { LiveScreen } from './live-screen';

const ERASE = '\r\u001b[K';

const screenOf = (isTerminal: boolean, columns = 80) => {
  const written: string[] = [];
  return { written, screen: { write: (text: string) => void written.push(text), isTerminal, columns } };
};

describe('LiveScreen', () => {
  it('writes the lines alone where there is no terminal', () => {
    const { written, screen } = screenOf(false);
    const live = new LiveScreen(screen);
    live.show('one\ntwo\n', ['live']);
    live.show('', ['live']);
    live.show('three\n', []);
    expect(written.join('')).toBe('one\ntwo\nthree\n');
  });

  it('erases and redraws the live lines on a terminal', () => {
    const { written, screen } = screenOf(true);
    const live = new LiveScreen(screen);
    live.show('one\n', ['first']);
    live.show('', ['second']);
    live.show('two\n', []);
    live.show('three\n', []);
    expect(written).toStrictEqual(['one\nfirst', `${ERASE}second`, `${ERASE}two\n`, 'three\n']);
  });

  it('erases as many lines as it has drawn', () => {
    const { written, screen } = screenOf(true);
    const live = new LiveScreen(screen);
    live.show('', ['~ newest', 'progress']);
    live.show('one\n', ['progress']);
    live.show('two\n', []);
    expect(written).toStrictEqual(['~ newest\nprogress', `${ERASE}\u001b[1A\u001b[Kone\nprogress`, `${ERASE}two\n`]);
  });

  it('leaves a terminal alone where there is nothing to show', () => {
    const { written, screen } = screenOf(true);
    new LiveScreen(screen).show('', []);
    expect(written).toStrictEqual([]);
  });

  it('never lets the live lines wrap', () => {
    const { written, screen } = screenOf(true, 10);
    new LiveScreen(screen).show('', ['0123456789abcdef']);
    expect(written).toStrictEqual(['012345678']);
  });
});
