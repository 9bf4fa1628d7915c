import { codeOf, sendError, TransportError, transportError } from './errors';

const systemError = (code: string, message = 'connect ECONNREFUSED 127.0.0.1:1'): Error =>
  Object.assign(new Error(message), { code });

describe('transportError', () => {
  it.each([
    ['ENOTFOUND', /unknown host/],
    ['EAI_AGAIN', /name server/],
    ['ECONNREFUSED', /refused/],
    ['ECONNRESET', /reset/],
    ['EHOSTUNREACH', /host unreachable/],
    ['ENETUNREACH', /network unreachable/],
    ['EADDRINUSE', /in use/],
    ['EADDRNOTAVAIL', /not one of this host/],
    ['EACCES', /permission/],
    ['EMSGSIZE', /too large/],
  ])('says what %s means, and keeps code and cause', (code, words) => {
    const cause = systemError(code);
    const error = transportError('cannot connect to 127.0.0.1:1', cause);
    expect(error).toBeInstanceOf(TransportError);
    expect(error.code).toBe(code);
    expect(error.cause).toBe(cause);
    expect(error.message).toMatch(/^cannot connect to 127\.0\.0\.1:1: [^\n]+$/);
    expect(error.message).toMatch(words);
    expect(error.message).not.toContain(code);
  });

  it.each([
    ['an unknown code', systemError('EWEIRD', 'weird'), 'EWEIRD', 'doing: weird'],
    ['no code', new Error('odd'), 'UNKNOWN', 'doing: odd'],
    ['no Error', 'text', 'UNKNOWN', 'doing: text'],
    ['a code that is no text', Object.assign(new Error('odd'), { code: 7 }), 'UNKNOWN', 'doing: odd'],
  ])('tells the system message for %s', (_, failure, code, message) => {
    expect(transportError('doing', failure)).toMatchObject({ code, message });
  });

  it('leaves an error that is explained already as it is', () => {
    const explained = new TransportError('ETIMEDOUT', 'no answer');
    expect(transportError('doing', explained)).toBe(explained);
  });
});

describe('sendError', () => {
  it('takes what is not permitted for what the network prohibits, and all else as it is', () => {
    const cause = systemError('EACCES');
    expect(sendError('cannot connect', cause)).toMatchObject({
      code: 'EACCES',
      cause,
      message: 'cannot connect: administratively prohibited, by a route or a firewall',
    });
    expect(sendError('sending', systemError('EHOSTUNREACH')).message).toBe('sending: host unreachable');
    const explained = new TransportError('EACCES', 'no');
    expect(sendError('sending', explained)).toBe(explained);
  });
});

describe('codeOf', () => {
  it.each([
    [systemError('EPIPE'), 'EPIPE'],
    [new TransportError('ETIMEDOUT', 'x'), 'ETIMEDOUT'],
    [new Error('none'), undefined],
    [{ code: 'EPIPE' }, 'EPIPE'],
    [{ code: 7 }, undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%p: %p', (failure, code) => {
    expect(codeOf(failure)).toBe(code);
  });
});
