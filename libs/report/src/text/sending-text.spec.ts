import { notSentLines, stallLines } from './sending-text';
import { styleFor } from './style';

const plain = styleFor(false, undefined);

describe('what the sending host did not do', () => {
  it.each([
    [undefined, 500, []],
    [0, 500, []],
    [124, 376, ['not sent 124 of 500 probes: neither sent nor lost, they never left the host']],
    [3, undefined, ['not sent 3 probes: neither sent nor lost, they never left the host']],
  ])('not sent %s beside %s', (notSent, sent, lines) => {
    expect(notSentLines(notSent, sent, 'probes', plain)).toStrictEqual(lines);
  });

  it.each([
    [undefined, []],
    [{ count: 0, longestNs: 0 }, []],
    [{ count: 1, longestNs: 2.5e9 }, ['this host was held up once, for 2.5 s']],
    [{ count: 7, longestNs: 31.25e6 }, ['this host was held up 7 times, for up to 31.25 ms']],
  ])('stalls %j', (stalls, lines) => {
    expect(stallLines(stalls, 'this host', plain)).toStrictEqual(lines);
  });
});
