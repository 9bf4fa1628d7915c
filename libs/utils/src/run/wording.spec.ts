import {
  type ErrorNoticeEvent,
  NOBODY_LISTENS,
  type ProbeEvent,
  type Result,
  type ServerEvent,
} from '@pathgauge/result';
import { wordedError, wordedEvent, wordedServerEvent } from './wording';

const failure = (code: string, message: string, facts: object = {}): Error =>
  Object.assign(new Error(message), { code }, facts);

const CLOSED = `10.0.0.2:862 ${NOBODY_LISTENS}`;
const CLOSED_WORDS = `${CLOSED}; is udp-server running there?`;
const TAKEN = failure('tcp-port-in-use', 'cannot listen on TCP port 862: it is in use');
const TAKEN_WORDS =
  'cannot listen on TCP port 862: it is in use; stop what listens there, or choose another with -p (a udp-server has TCP for its load tests)';

describe('wordedError', () => {
  it.each([
    [TAKEN, 'address-in-use', TAKEN_WORDS],
    [
      failure('too-many-addresses', 'this host has 257 addresses, more than 256'),
      'out-of-resources',
      'this host has 257 addresses, more than 256; name one of them with --address',
    ],
    [
      failure('kind-not-served', 'host: the server does not serve this kind of test'),
      'server-refused',
      'host: the server does not serve this kind of test (udp-server serves UDP load, tcp-server TCP)',
    ],
    [
      failure('setting-refused', 'host: the server could not mark its packets'),
      'server-refused',
      'host: the server could not mark its packets (of a Pathgauge it takes the linux transport)',
    ],
    [
      failure('ENOSYS', 'dscp needs the linux transport, which does not work here: no koffi', { setting: 'dscp' }),
      'not-supported',
      '--dscp needs the linux transport, which does not work here: no koffi',
    ],
    [
      failure('ENOSYS', 'dontFragment needs the linux transport', { setting: 'dontFragment' }),
      'not-supported',
      '--dont-fragment needs the linux transport',
    ],
    [failure('ETIMEDOUT', CLOSED), 'timeout', CLOSED_WORDS],
  ])('%s', (thrown, code, message) => {
    expect(wordedError(thrown)).toStrictEqual({ code, message });
  });

  it('words each of several errors', () => {
    const other = failure('EADDRNOTAVAIL', 'cannot listen on 10.0.0.9');
    const both = failure('tcp-port-in-use', `${TAKEN.message}; ${other.message}`, { errors: [TAKEN, other] });
    expect(wordedError(both)).toStrictEqual({
      code: 'address-in-use',
      message: `${TAKEN_WORDS}; cannot listen on 10.0.0.9`,
    });
  });

  it.each([failure('ECONNREFUSED', 'refused'), new Error('a fault'), 'a word', undefined, null])(
    'leaves %s as it is',
    (thrown) => {
      expect(wordedError(thrown).message).toBe(thrown instanceof Error ? thrown.message : String(thrown));
    },
  );
});

const probe = (cause: string | undefined): ProbeEvent => ({
  type: 'probe',
  sequence: 0,
  outcome: 'lost',
  bytes: undefined,
  rttNs: undefined,
  reordered: false,
  cause,
  sentNs: 0,
  sentAt: '2024-01-01T00:00:00.000000000Z',
  upNs: undefined,
  downNs: undefined,
  userStamps: [],
});

const result = {
  kind: 'ping',
  reason: CLOSED,
  error: { code: 'refused', message: CLOSED },
  notices: [{ code: 'ECONNREFUSED', message: CLOSED, count: 2 }],
  icmp: [{ direction: 'up', text: CLOSED, count: 2 }],
} as unknown as Result;

describe('wordedEvent', () => {
  it('has its words wherever the document has a message', () => {
    const worded = wordedEvent({ type: 'summary', result });
    expect(JSON.stringify(worded)).toBe(JSON.stringify({ type: 'summary', result }).replaceAll(CLOSED, CLOSED_WORDS));
    expect(JSON.stringify(worded).split(CLOSED_WORDS)).toHaveLength(5);
  });

  it('words notices, and why a probe was lost', () => {
    const notice = { type: 'notice', code: 'ECONNREFUSED', message: CLOSED } as const;
    expect(wordedEvent(notice)).toStrictEqual({ ...notice, message: CLOSED_WORDS });
    expect(wordedEvent(probe(CLOSED))).toStrictEqual(probe(CLOSED_WORDS));
  });

  it('hands on as it is what has no words', () => {
    const event = probe(undefined);
    expect(wordedEvent(event)).toBe(event);
  });
});

describe('wordedServerEvent', () => {
  it('says what can be done about an address that is not listened on, and not by which code it knows', () => {
    const event: ErrorNoticeEvent = {
      type: 'notice',
      code: 'not-listening',
      message: TAKEN.message,
      cause: 'tcp-port-in-use',
    };
    expect(wordedServerEvent(event)).toStrictEqual({ type: 'notice', code: 'not-listening', message: TAKEN_WORDS });
  });

  it('words the events of its clients', () => {
    const event: ServerEvent = {
      type: 'client',
      client: 1,
      endpoint: { address: '10.0.0.1', port: 7 },
      event: { type: 'notice', code: 'ECONNREFUSED', message: CLOSED },
    };
    expect(wordedServerEvent(event)).toMatchObject({ event: { message: CLOSED_WORDS } });
  });

  it('hands on as it is what has no words', () => {
    const event: ServerEvent = { type: 'listening', runner: 'udp-server', sockets: [] };
    expect(wordedServerEvent(event)).toBe(event);
  });
});
