import { codeOf, IcmpError, TooLargeError, TransportError } from '@pathgauge/transport';
import { errorFrom, plainError } from './plain-error';

const across = (error: Error): Error => errorFrom(structuredClone(plainError(error)));

describe('an error in a message', () => {
  it.each([
    ['of the transport', new TransportError('ENETUNREACH', 'network unreachable')],
    ['of ICMP', new IcmpError('EHOSTUNREACH', { version: 4, type: 3, code: 1, from: '10.0.0.9', mtuBytes: undefined })],
    ['without a code', new RangeError('out of range')],
  ])('%s keeps its name, words and code', (_, error) => {
    const copy = across(error);
    expect(copy).toBeInstanceOf(Error);
    expect([copy.name, copy.message, codeOf(copy)]).toStrictEqual([error.name, error.message, codeOf(error)]);
  });

  it('of a datagram that was too large keeps what would have gone', () => {
    const copy = across(new TooLargeError(1400));
    expect(copy).toMatchObject({ name: 'TooLargeError', code: 'EMSGSIZE', mtuBytes: 1400 });
  });

  it('drops what cannot be copied: its cause may be anything', () => {
    const error = new TransportError('EPIPE', 'broken', { call: () => {} });
    expect(() => structuredClone(plainError(error))).not.toThrow();
    expect(across(error).cause).toBeUndefined();
  });
});
