import { describeServerError, SERVER_ERROR_CODE, STATE, stateName } from './state';

describe('STATE', () => {
  it('has the values of iperf3 (iperf_api.h), and those of the extension where iperf3 has none', () => {
    expect(STATE).toStrictEqual({
      testStart: 1,
      testRunning: 2,
      testEnd: 4,
      paramExchange: 9,
      createStreams: 10,
      serverTerminate: 11,
      clientTerminate: 12,
      exchangeResults: 13,
      displayResults: 14,
      iperfDone: 16,
      grant: 64,
      clockRequest: 65,
      clockReply: 66,
      loadEnd: 67,
      alive: 68,
      // -2 and -1 there, as signed bytes
      serverError: 254,
      accessDenied: 255,
    });
  });
});

describe('stateName', () => {
  it.each([
    [9, 'paramExchange'],
    [67, 'loadEnd'],
    [255, 'accessDenied'],
    [0, 'unknown state 0'],
    [3, 'unknown state 3'],
    [69, 'unknown state 69'],
  ])('of %d is %s', (byte, name) => {
    expect(stateName(byte)).toBe(name);
  });

  it('has a name for each byte, no two alike', () => {
    expect(new Set(Array.from({ length: 256 }, (_, byte) => stateName(byte))).size).toBe(256);
  });
});

describe('describeServerError', () => {
  // Numbers from iperf_api.h: IEDURATION, IENUMSTREAMS, IETOTALRATE, IEMAXSERVERTESTDURATIONEXCEEDED, IERECVPARAMS,
  // IEACCESSDENIED, IEAUTHTEST, IENOMSG.
  it.each([
    [5, /longer/],
    [6, /streams/],
    [27, /rate/],
    [37, /duration/],
    [114, /parameters/],
    [121, /busy/],
    [142, /authentication/],
    [144, /no message/],
  ])('of %d', (code, words) => {
    expect(describeServerError(code)).toMatch(words);
  });

  it.each([0, -1, 9999, 4_294_967_295])('names the unknown code %d', (code) => {
    expect(describeServerError(code)).toContain(String(code));
  });

  it('has words for every code a Pathgauge server sends', () => {
    expect(SERVER_ERROR_CODE).toStrictEqual({
      durationTooLong: 5,
      tooManyStreams: 6,
      notImplemented: 13,
      badParameters: 114,
    });
    for (const code of Object.values(SERVER_ERROR_CODE)) expect(describeServerError(code)).not.toContain(String(code));
  });
});
