import type { DatagramSocket, Endpoint, RoleTransport, StreamSocket } from '@pathgauge/transport';
import type { Span } from '@pathgauge/units';
import { planOf } from '../../../test/load-plans';
import { PLAIN_SOCKETS } from '../plan/socket-plan';
import { AnsweredOpening, AskedOpening } from './opening';
import { datagramSettings, streamSettings } from './socket-settings';
import { openLink } from './stream-link';
import type { AnsweringCarrier, AskingCarrier } from './stream-messages';

const PEER: Endpoint = { address: '10.0.0.2', port: 5201 };
const SERVER = { id: 3, local: { address: '10.0.0.1', port: 5201 } };
const SOCKET = {} as DatagramSocket;
const STREAM = {} as StreamSocket;

/** A transport that keeps what it is asked for. */
const setUp = () => {
  const asked: unknown[][] = [];
  const timer = { set: () => {}, clear: () => {} };
  const keep =
    <Socket>(what: string, socket: Socket) =>
    (...wanted: unknown[]): Socket => {
      asked.push([what, ...wanted]);
      return socket;
    };
  const transport = {
    kind: 'linux',
    clock: { now: () => 1e9 },
    coarseTimer: () => timer,
    takeStream: keep('take', STREAM),
    connectDatagrams: keep('connect', Promise.resolve(SOCKET)),
    besideDatagrams: keep('beside', Promise.resolve(SOCKET)),
  } as unknown as RoleTransport;
  return { transport, asked };
};

const ASK: AskingCarrier = {
  kind: 'ask',
  peer: PEER,
  bind: '10.0.0.7',
  ttl: 9,
  opening: Uint8Array.of(1),
};
const ANSWER: AnsweringCarrier = {
  kind: 'answer',
  beside: SERVER,
  address: '10.0.0.1',
  peer: PEER,
  answer: Uint8Array.of(2),
};
const SOCKETS = { ...PLAIN_SOCKETS, trafficClass: 184, dontFragment: true };
const RECEIVING = { isSending: false, plan: planOf({ sockets: SOCKETS }) };
const SENDING = { isSending: true, plan: planOf({ sockets: SOCKETS }) };

describe('openLink', () => {
  it('takes a connection over, marked, with what was read of it', async () => {
    const { transport, asked } = setUp();
    const unread = Uint8Array.of(5);
    const carrier = { kind: 'stream', handed: { id: 4 }, unread, greeting: undefined } as const;
    expect(await openLink(carrier, SENDING, transport, () => {})).toStrictEqual({
      kind: 'stream',
      stream: STREAM,
      unread,
    });
    expect(asked).toStrictEqual([['take', { id: 4 }, streamSettings(SOCKETS, true, 'linux')]]);
  });

  it('opens a socket of its own to ask from, as the user wants it', async () => {
    const { transport, asked } = setUp();
    const link = await openLink(ASK, SENDING, transport, () => {});
    expect(link).toMatchObject({ kind: 'datagrams', socket: SOCKET, opening: expect.any(AskedOpening) });
    const options = {
      ...datagramSettings(SOCKETS, true, 'linux'),
      bind: { address: '10.0.0.7' },
      ttl: 9,
      coalesce: true,
    };
    expect(asked).toStrictEqual([['connect', PEER, options]]);
  });

  it('opens one beside the server to answer from', async () => {
    const { transport, asked } = setUp();
    const link = await openLink(ANSWER, RECEIVING, transport, () => {});
    expect(link).toMatchObject({ kind: 'datagrams', socket: SOCKET, opening: expect.any(AnsweredOpening) });
    expect(asked).toStrictEqual([
      ['beside', SERVER, '10.0.0.1', PEER, { ...datagramSettings(SOCKETS, false, 'linux'), coalesce: true }],
    ]);
  });

  // 25 us: below that there is no time to send datagrams one by one.
  it.each([
    ['that receives, together', false, 1e6, true],
    ['that sends as fast as it can, together', true, undefined, true],
    ['that sends one each 24.999 us, together', true, 24_999, true],
    ['that sends one each 25 us, one by one', true, 25_000, false],
    ['that sends one a second, one by one', true, 1e9, false],
  ] as const)('has the system deal with datagrams of an end %s', async (_, isSending, spacing, coalesce) => {
    for (const carrier of [ASK, ANSWER]) {
      const { transport, asked } = setUp();
      const plan = planOf({ spacing: spacing as Span | undefined });
      await openLink(carrier, { isSending, plan }, transport, () => {});
      expect(asked).toStrictEqual([expect.arrayContaining([expect.objectContaining({ coalesce })])]);
    }
  });

  it('fails as the transport does', async () => {
    const { transport } = setUp();
    const failing = { ...transport, connectDatagrams: () => Promise.reject(new Error('no route')) };
    await expect(openLink(ASK, SENDING, failing, () => {})).rejects.toThrow('no route');
  });
});
