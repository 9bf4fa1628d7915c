import { describeServerError, SERVER_ERROR_CODE } from './server-error';

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
    [134, /congestion/],
    [140, /pace/],
    [142, /^authentication failed/],
    [145, /fragments/],
    [144, /no message/],
  ])('of %d', (code, words) => {
    expect(describeServerError(code)).toMatch(words);
  });

  it("tells the error of the server's system, where there is one", () => {
    expect(describeServerError(102, 98)).toBe('the server could not listen for the data stream (its system error 98)');
    expect(describeServerError(142, 0)).not.toContain('system error');
  });

  it('is one line for every code', () => {
    for (let code = 0; code < 600; code++) expect(describeServerError(code)).toMatch(/^(the|authentication) .*[^.]$/);
  });

  it.each([0, -1, 9999, 4_294_967_295])('names the unknown code %d', (code) => {
    expect(describeServerError(code)).toContain(String(code));
  });

  it('has words for every code a Pathgauge server sends', () => {
    for (const code of Object.values(SERVER_ERROR_CODE)) {
      expect(describeServerError(code)).not.toMatch(/reports error|\d/);
    }
  });
});
