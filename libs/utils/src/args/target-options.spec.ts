import { rawOf } from '../../test/raw-of';
import { UsageError } from './quantities';
import { LISTEN_OPTIONS, listenArguments, TARGET_OPTIONS, targetArguments } from './target-options';

const client = (...argv: string[]) => rawOf(TARGET_OPTIONS, argv);
const server = (...argv: string[]) => rawOf(LISTEN_OPTIONS, argv);

describe('targetArguments', () => {
  const byDefault = { host: '127.0.0.1', port: 65_432, family: undefined, bind: undefined };
  it.each([
    [[], {}],
    [['host'], { host: 'host' }],
    [['host', '5'], { host: 'host', port: 5 }],
    [['-a', 'host'], { host: 'host' }],
    [['-p', '5'], { port: 5 }],
    [['host', '-p', '5'], { host: 'host', port: 5 }],
    [['--a', '::1', '--p', '65535'], { host: '::1', port: 65_535 }],
    [['host:5'], { host: 'host', port: 5 }],
    [['[::1]:5'], { host: '::1', port: 5 }],
    [['::1'], { host: '::1' }],
    [['-a', '[fe80::1%lo]:5'], { host: 'fe80::1%lo', port: 5 }],
    [['host:5', '5'], { host: 'host', port: 5 }],
    [['-a', 'host:5', '-p', '5'], { host: 'host', port: 5 }],
    [['-4'], { family: 4 }],
    [['-6', '--bind', '::1'], { family: 6, bind: '::1' }],
  ])('%p', (argv, expected) => {
    expect(targetArguments(client(...argv))).toStrictEqual({ ...byDefault, ...expected });
  });

  it.each([
    [['one', '-a', 'two'], /two hosts: one and two/],
    [['host', '1', '-p', '2'], /two ports: 1 and 2/],
    [['host:1', '2'], /two ports: 1 and 2/],
    [['host:1', '-p', '2'], /two ports: 1 and 2/],
    [['-a', '[::1]:1', '-p', '2'], /two ports: 1 and 2/],
    [['host:0'], /'0' is not a port/],
    [['host:65536'], /'65536' is not a port/],
    [['host:http'], /'http' is not a port/],
    [['http://host'], /is not a port|not a host/],
    [['-4', '-6'], /-4 or -6/],
    [['host', '0'], /'0' is not a port/],
    [['host', '65536'], /'65536' is not a port/],
    [['host', 'abc'], /'abc' is not a port/],
    [['-p', '-1'], /'-1' is not a port/],
    [['--bind', 'eth0'], /not an IP address/],
    [[''], /host is empty/],
    [['-a', ' '], /host is empty/],
  ])('%p is refused', (argv, words) => {
    const attempt = () => targetArguments(client(...argv));
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(words);
  });
});

describe('listenArguments', () => {
  it.each([
    [[], { address: undefined, port: 65_432 }],
    [['0'], { address: undefined, port: 0 }],
    [['-p', '862', '-a', '::1'], { address: '::1', port: 862 }],
    [['-a', '127.0.0.1:862'], { address: '127.0.0.1', port: 862 }],
    [['862', '-a', '[::]:862'], { address: '::', port: 862 }],
  ])('%p', (argv, expected) => {
    expect(listenArguments(server(...argv))).toStrictEqual(expected);
  });

  it.each([[['65536']], [['abc']], [['-p', '-1']], [['1', '-p', '2']], [['1', '-a', '[::1]:2']], [['127.0.0.1:1']]])(
    '%p is refused',
    (argv) => {
      expect(() => listenArguments(server(...argv))).toThrow(UsageError);
    },
  );
});

it('tells a server that is given an address as its port how to write it', () => {
  expect(() => listenArguments(server('[::1]:5'))).toThrow(/for the own address write -a \[::1\]:5$/);
});
