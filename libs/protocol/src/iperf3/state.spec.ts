import { STATE, stateName } from './state';

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
      report: 69,
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
    [69, 'report'],
    [70, 'unknown state 70'],
  ])('of %d is %s', (byte, name) => {
    expect(stateName(byte)).toBe(name);
  });

  it('has a name for each byte, no two alike', () => {
    expect(new Set(Array.from({ length: 256 }, (_, byte) => stateName(byte))).size).toBe(256);
  });
});
