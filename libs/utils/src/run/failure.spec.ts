import { errorOf, type Notice, type Result, type RunError } from '@pathgauge/result';
import { EXIT, failureOf, OutputError, withError } from './failure';

const peer = { host: 'host', port: 5 };
const silent = { peer, icmp: [], notices: [], settings: {} };
const ping = (received: number, reason?: string, notices: readonly Notice[] = []): Result =>
  ({
    ...silent,
    notices,
    kind: 'ping',
    complete: reason === undefined,
    reason,
    probes: { received },
  }) as unknown as Result;
const load = (bytes: number | undefined, reason?: string, error?: RunError): Result =>
  ({
    ...silent,
    kind: 'load',
    complete: reason === undefined,
    reason,
    error,
    streams: [{ bytes, sent: { bytes: 1000 } }],
  }) as unknown as Result;
const notice = (code: string): Notice => ({ code, message: `about ${code}`, count: 1 });

const RESET: RunError = { code: 'connection-lost', message: 'the connection was reset' };

describe('failureOf', () => {
  it.each([
    ['probes answered', ping(1), undefined],
    ['no probe answered', ping(0), 'no-answer'],
    ['interrupted by the user with something measured', ping(1, 'interrupted'), undefined],
    ['interrupted by the user with nothing measured', ping(0, 'interrupted'), 'interrupted'],
    ['cut short by the peer', load(1000, RESET.message, RESET), 'connection-lost'],
    ['a load that arrived', load(1000), undefined],
    ['a load of which nothing arrived', load(0), 'no-answer'],
    ['a load of which nobody knows what arrived', load(undefined), 'no-answer'],
    ['of which the own host sent less than was asked for', ping(1, 'not everything was sent'), undefined],
    ['an interrupted load', load(1000, 'interrupted'), undefined],
    ['no stream at all', { ...load(0), streams: undefined }, 'no-answer'],
  ])('%s', (_, result, code) => {
    expect(failureOf(result)?.code).toBe(code);
  });

  it('tells what the system said rather than that nothing came back', () => {
    expect(failureOf(ping(0, undefined, [notice('ECONNREFUSED')]))).toStrictEqual({
      code: 'refused',
      message: 'about ECONNREFUSED',
    });
    const aside = notice('address-left-aside');
    expect(failureOf(ping(0, undefined, [aside, notice('ECONNREFUSED')]))?.code).toBe('refused');
    expect(failureOf(ping(0, undefined, [aside]))?.message).toBe('no reply from host port 5');
    const heard = (text: string, count: number) => ({ text, count });
    const icmp = [heard('about EACCES', 1), heard('about EHOSTUNREACH', 9)];
    const routers = { ...ping(0, undefined, [notice('EACCES'), notice('EHOSTUNREACH')]), icmp } as unknown as Result;
    expect(failureOf(routers)).toStrictEqual({ code: 'unreachable', message: 'about EHOSTUNREACH' });
    const all = { ...routers, notices: [...routers.notices, notice('no-address-answers')] };
    expect(failureOf(all)).toStrictEqual({ code: 'no-answer', message: 'about no-address-answers' });
    expect(failureOf(ping(0, undefined, [notice('strays')]))?.code).toBe('no-answer');
    expect(failureOf(ping(0, undefined, [notice('not-stamp')]))?.code).toBe('protocol');
    const large = {
      ...ping(0),
      settings: { dontFragment: true, lengthBytes: 1472 },
      pathMtu: { up: undefined, down: { bytes: 1300, payloadBytes: 1272, from: undefined } },
    } as unknown as Result;
    expect(failureOf(large)).toStrictEqual({
      code: 'too-large',
      message: 'datagrams of 1472 bytes do not fit: the path takes 1272 (1300 with headers), says the sending system',
    });
    expect(failureOf(ping(0))?.message).toBe('no reply from host port 5');
    expect(failureOf(ping(1, undefined, [notice('ECONNREFUSED')]))).toBeUndefined();
  });
});

describe('withError', () => {
  it('makes the document of a run that failed incomplete, and leaves any other alone', () => {
    expect(withError(ping(0), RESET)).toMatchObject({ complete: false, reason: RESET.message, error: RESET });
    expect(withError(ping(0, 'not everything was sent'), RESET).reason).toBe(RESET.message);
    expect(withError(ping(0, 'interrupted'), RESET).reason).toBe('interrupted');
    expect(withError(ping(1), undefined)).toStrictEqual(ping(1));
  });
});

describe('errorOf', () => {
  const failure = (code: string) => Object.assign(new Error('what\n  at nowhere'), { code });

  it.each([
    ['ENOTFOUND', 'unknown-host'],
    ['EAI_AGAIN', 'lookup-failed'],
    ['ECONNREFUSED', 'refused'],
    ['ETIMEDOUT', 'timeout'],
    ['ENETUNREACH', 'unreachable'],
    ['EADDRINUSE', 'address-in-use'],
    ['EADDRNOTAVAIL', 'address-unavailable'],
    ['ENODEV', 'address-unavailable'],
    ['EMFILE', 'out-of-resources'],
    ['EPROTO', 'protocol'],
    ['EBUSY', 'busy'],
    ['EAUTH', 'authentication'],
    ['EWHATEVER', 'internal'],
  ])('%s is %s, in one line', (code, expected) => {
    expect(errorOf(failure(code))).toStrictEqual({ code: expected, message: 'what' });
  });

  it('knows what no error is, and an output that cannot be written', () => {
    expect(errorOf('text')).toStrictEqual({ code: 'internal', message: 'text' });
    expect(errorOf(new OutputError('a.json', failure('ENOSPC')))).toStrictEqual({
      code: 'output',
      message: 'cannot write a.json: no space left',
    });
  });
});

it('keeps the three exit codes apart', () => {
  expect(EXIT).toStrictEqual({ measured: 0, failed: 1, usage: 2 });
});
