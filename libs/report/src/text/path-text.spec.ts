import type { IcmpCount, PathMtu, RunResult } from '@pathgauge/result';
import { pathLines, tooLargeText } from './path-text';
import { PLAIN } from './style';

const TOO_BIG: IcmpCount = {
  direction: 'up',
  text: 'what the router said',
  version: 4,
  type: 3,
  code: 4,
  from: '10.0.0.1',
  mtuBytes: 1400,
  count: 3,
};
const MTU: PathMtu = { bytes: 1400, payloadBytes: 1372, from: undefined };

interface Known {
  readonly icmp?: readonly IcmpCount[];
  readonly lengthBytes?: number;
  readonly dontFragment?: boolean | undefined;
  readonly direction?: 'up' | 'down';
}

const resultOf = ({ icmp = [], lengthBytes = 1373, direction = 'up', ...rest }: Known = {}): RunResult =>
  ({
    settings: { lengthBytes, dontFragment: false, ...rest },
    icmp,
    pathMtu: { up: undefined, down: undefined, [direction]: MTU },
  }) as unknown as RunResult;

const CUT =
  'datagrams of 1373 bytes went in fragments: the path takes 1372 (1400 with headers), says the sending system';

describe('pathLines', () => {
  it('has what ICMP said, with its count, and no word of fragments besides', () => {
    expect(pathLines(resultOf({ icmp: [TOO_BIG] }), PLAIN)).toStrictEqual(['ICMP: what the router said (3)']);
  });

  it('says that what was sent was cut, where no router had to say so, of either direction', () => {
    expect(pathLines(resultOf(), PLAIN)).toStrictEqual([CUT]);
    expect(pathLines(resultOf({ direction: 'down', icmp: [TOO_BIG] }), PLAIN)).toStrictEqual([
      'ICMP: what the router said (3)',
      CUT,
    ]);
  });

  it('says nothing of what fits, nor of TCP', () => {
    expect(pathLines(resultOf({ lengthBytes: 1372 }), PLAIN)).toStrictEqual([]);
    expect(pathLines(resultOf({ dontFragment: undefined }), PLAIN)).toStrictEqual([]);
  });
});

describe('tooLargeText', () => {
  it('says of what must not be cut that it does not fit', () => {
    expect(tooLargeText(resultOf({ dontFragment: true }))).toStrictEqual([
      'datagrams of 1373 bytes do not fit: the path takes 1372 (1400 with headers), says the sending system',
    ]);
  });
});
