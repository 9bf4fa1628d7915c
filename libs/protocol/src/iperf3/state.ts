/** State bytes of the control connection; those from 64 on are Pathgauge's own, sent only to a peer that asked. */
export const STATE = {
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
  serverError: 0xfe,
  accessDenied: 0xff,
} as const;

export type State = (typeof STATE)[keyof typeof STATE];

const NAMES = new Map<number, string>(Object.entries(STATE).map(([name, value]) => [value, name]));

/** A state byte in words, also one that means nothing. */
export const stateName = (byte: number): string => NAMES.get(byte) ?? `unknown state ${byte}`;

/** The error codes behind SERVER_ERROR that a Pathgauge server sends. */
export const SERVER_ERROR_CODE = {
  durationTooLong: 5,
  tooManyStreams: 6,
  notImplemented: 13,
  badParameters: 114,
} as const;

const ERROR_TEXTS: Readonly<Record<number, string>> = {
  5: 'the test is longer than the server allows',
  6: 'the server allows fewer parallel streams',
  7: 'the server does not allow blocks of that size',
  13: 'the server does not serve this kind of test (udp-server serves UDP load, tcp-server TCP; --dont-fragment with -R takes the linux transport there)',
  27: 'the rate is above what the server allows',
  37: 'the duration is above what the server allows',
  114: 'the server did not accept the parameters',
  121: 'the server is busy with another test; try again later',
  142: 'authentication failed',
  144: 'the server received no message in time',
};

export const describeServerError = (code: number): string => ERROR_TEXTS[code] ?? `the server reports error ${code}`;
