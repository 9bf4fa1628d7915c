/** Behind the state SERVER_ERROR: why (i_errno of iperf_api.h), then, from 3.13 on, the server's own system error; u32 each. */
export const SERVER_ERROR_WORD_BYTES = 4;

/** The codes that a Pathgauge server sends. */
export const SERVER_ERROR_CODE = {
  duration: 5,
  tooManyStreams: 6,
  blockLength: 7,
  window: 8,
  mss: 10,
  omit: 12,
  notImplemented: 13,
  burst: 15,
  endConditions: 16,
  noSctp: 18,
  datagramLength: 20,
  trafficClass: 21,
  reverseAndBoth: 25,
  badParameters: 114,
  setMss: 123,
  setWindow: 124,
  setTrafficClass: 125,
  setFlowLabel: 127,
  setCongestion: 134,
  setPacing: 140,
  notAuthorized: 142,
  setDontFragment: 145,
} as const;

const STREAM = 'the server could not set up the data stream';
const LISTEN = 'the server could not listen for the data stream';
const OPTION = 'the server could not set up its sockets';
const BUFFERS = 'the server could not set socket buffers of that size';
const MARKS = 'the server could not mark its packets';
const TALK = 'the server could not talk to this client';
const RESULTS = 'the server and this client could not exchange results';

/** By i_errno, which iperf3 has never given another meaning; those that only a client or a command line has are left out. */
const TEXTS: Readonly<Record<number, string>> = {
  5: 'the test is longer than the server allows',
  6: 'the server allows fewer parallel streams',
  7: 'the server does not allow blocks of that size',
  8: 'the server does not allow socket buffers of that size',
  9: 'the server does not allow that report interval',
  10: 'the server does not allow that segment size',
  12: 'the server does not allow so much to be omitted',
  13: 'the server does not serve this kind of test',
  14: 'the server cannot open its file',
  15: 'the server does not allow bursts of that size',
  16: 'the server takes one end of a test only: a time or an amount',
  18: 'the server has no SCTP',
  20: 'the server does not allow datagrams of that size',
  21: 'the server does not take that type of service',
  22: 'the server takes a user, a password and a public key together',
  23: 'the server is not set up for authentication as it should be',
  25: 'the server takes one direction, the reverse one or both',
  27: 'the rate is above what the server allows',
  28: 'the server is not set up to limit rates as it should be',
  31: 'the server does not take that waiting time for messages',
  34: 'the server does not send files over UDP',
  35: 'the server cannot read the users that it may serve',
  37: 'the duration is above what the server allows',
  100: 'the server could not create the test',
  101: 'the server could not begin the test',
  102: LISTEN,
  104: 'the server could not accept the connection',
  106: TALK,
  107: TALK,
  108: TALK,
  109: 'the server saw the control connection close',
  110: 'the server did not understand this client',
  111: TALK,
  112: TALK,
  114: 'the server did not accept the test parameters',
  115: RESULTS,
  116: RESULTS,
  117: RESULTS,
  118: 'the server could not wait for its sockets',
  119: 'the server was told that this client ends the test',
  120: 'the server was stopped',
  121: 'the server is busy with another test; try again later',
  122: 'the server could not have messages sent without delay',
  123: 'the server could not set that segment size',
  124: BUFFERS,
  125: MARKS,
  126: MARKS,
  127: 'the server could not set that flow label',
  128: OPTION,
  129: OPTION,
  130: BUFFERS,
  131: 'the server does not know that protocol',
  132: 'the server could not bind itself to a processor',
  134: 'the server does not have that congestion control',
  136: OPTION,
  140: 'the server could not have its system pace what it sends',
  141: 'the server did not get the socket buffers that were asked for',
  142: 'authentication failed: the server wants a user and password that it knows, and clocks that agree',
  143: 'the server could not bind to its device',
  144: 'the server received no message in time',
  145: 'the server could not send datagrams that must not be cut into fragments',
  148: OPTION,
  200: STREAM,
  201: STREAM,
  202: LISTEN,
  203: STREAM,
  204: STREAM,
  205: 'the server could not send',
  206: 'the server could not receive',
  207: 'the server saw the data stream close',
  208: STREAM,
  300: 'the server has no timer left',
  301: 'the server has no timer left',
  400: 'the server has no thread left',
  401: 'the server has no thread left',
  402: 'the server has no thread left',
  403: 'the server has no thread left',
};

/** `systemError`: the server's errno, where it sent one; else 0. */
export function describeServerError(code: number, systemError = 0): string {
  const text = TEXTS[code] ?? `the server reports error ${code}`;
  return systemError === 0 ? text : `${text} (its system error ${systemError})`;
}
