import { IcmpError, type IcmpMessage, TransportError } from '@pathgauge/transport';
import { instant, milliseconds } from '@pathgauge/units';
import type { IcmpReport } from '../../icmp/icmp-log';
import { SendFailures } from './send-failures';

const error = (code: string): Error => new TransportError(code, code.toLowerCase());
const tooBig: IcmpMessage = { version: 4, type: 3, code: 4, from: '10.0.0.9', mtuBytes: 1400 };

/** Failures to send, and what was told of them. */
const setUp = (isSending = true) => {
  let now = 1e9;
  const told: string[] = [];
  const failures = new SendFailures(() => instant(now), {
    onSendError: ({ message }) => told.push(`not sent: ${message}`),
    onIcmp: (heard: IcmpReport) => told.push(`icmp: ${heard.error}`),
    ...(isSending ? { onNobodyListens: ({ message }: Error) => told.push(message) } : {}),
  });
  const pass = (ms: number): void => void (now += milliseconds(ms));
  return { failures, told, pass };
};

describe('what the system did not send', () => {
  it('is told once for each code', () => {
    const { failures, told } = setUp();
    for (const code of ['ENETUNREACH', 'EMSGSIZE', 'ENETUNREACH', 'ENETUNREACH', 'EMSGSIZE']) {
      failures.onRefused(error(code));
    }
    // An error without a code is one of its own.
    failures.onRefused(new Error('odd'));
    failures.onRefused(new Error('odder'));
    expect(told).toStrictEqual(['not sent: enetunreach', 'not sent: emsgsize', 'not sent: odd']);
  });

  it('is no word about the path', () => {
    const { failures } = setUp();
    failures.onRefused(error('ENETUNREACH'));
    expect(failures.heard()).toStrictEqual([]);
  });
});

describe('what it has learnt of what was sent', () => {
  it('is told when it comes for the first time, and counted', () => {
    const { failures, told } = setUp();
    for (let i = 0; i < 3; i++) failures.onEarlier(new IcmpError('EMSGSIZE', tooBig));
    failures.onEarlier(error('EHOSTUNREACH'));
    expect(told).toStrictEqual(['icmp: EMSGSIZE', 'icmp: EHOSTUNREACH']);
    expect(failures.heard()).toStrictEqual([
      { error: 'EMSGSIZE', icmp: tooBig, count: 3 },
      { error: 'EHOSTUNREACH', icmp: undefined, count: 1 },
    ]);
  });

  it('goes to the peer: each message with its count, and the least that the path is said to take', () => {
    const { failures } = setUp();
    failures.onEarlier(new IcmpError('EMSGSIZE', tooBig));
    failures.onEarlier(new IcmpError('EMSGSIZE', tooBig));
    // What the system tells no message of is no message.
    failures.onEarlier(error('EHOSTUNREACH'));
    expect(failures.figures(1500)).toStrictEqual({
      pathMtu: { bytes: 1400, from: '10.0.0.9' },
      icmp: [{ ...tooBig, count: 2 }],
    });
    expect(failures.figures(1280).pathMtu).toStrictEqual({ bytes: 1280, from: undefined });
  });

  it('leaves unknown what nobody knows', () => {
    expect(setUp().failures.figures(undefined)).toStrictEqual({ pathMtu: undefined, icmp: [] });
  });
});

describe('a port that nobody listens on any more', () => {
  const nobody = 'datagrams are refused: nobody listens there any more';

  it.each(['onRefused', 'onEarlier'] as const)('is one that has refused for half a second, heard by %s', (by) => {
    const { failures, told, pass } = setUp();
    failures[by](error('ECONNREFUSED'));
    pass(499);
    failures[by](error('ECONNREFUSED'));
    expect(told).toHaveLength(1);
    pass(1);
    failures[by](error('ECONNREFUSED'));
    expect(told.at(-1)).toBe(nobody);
  });

  it('is seen by both together', () => {
    const { failures, told, pass } = setUp();
    failures.onRefused(error('ECONNREFUSED'));
    pass(500);
    failures.onEarlier(error('ECONNREFUSED'));
    expect(told.at(-1)).toBe(nobody);
    // What has told that is no further message.
    expect(failures.heard()).toStrictEqual([]);
  });

  it('ends nothing where only an opening was sent', () => {
    const { failures, told, pass } = setUp(false);
    for (let i = 0; i < 5; i++) {
      failures.onEarlier(error('ECONNREFUSED'));
      pass(500);
    }
    expect(told).toStrictEqual(['icmp: ECONNREFUSED']);
    expect(failures.heard()).toStrictEqual([{ error: 'ECONNREFUSED', icmp: undefined, count: 5 }]);
  });
});

it('hears both from a socket', () => {
  const { failures, told } = setUp();
  const handlers: { earlier?: (error: Error) => void; refused?: (payload: Uint8Array, error: Error) => void } = {};
  failures.listenTo({
    onError: (handler) => void (handlers.earlier = (each) => handler(each, undefined)),
    onRefused: (handler) => void (handlers.refused = handler),
  });
  handlers.refused?.(new Uint8Array(1), error('ENETUNREACH'));
  handlers.earlier?.(error('EHOSTUNREACH'));
  expect(told).toStrictEqual(['not sent: enetunreach', 'icmp: EHOSTUNREACH']);
});
