import { figuresToJson } from '@pathgauge/protocol';
import { FIGURES, GRANT, type Known, REMOTE, setUp } from '../../../test/facts-scene';
import { planOf } from '../../../test/load-plans';
import { NO_WORDS } from '../../../test/results';
import { isSending, noteIcmp, noteSendError, noteSilence, ownResults, startEvent } from './test-facts';

describe('isSending', () => {
  it.each([
    ['up', true, true],
    ['up', false, false],
    ['down', true, false],
    ['down', false, true],
  ] as const)('%s, of a client %p: %p', (direction, isClient, expected) => {
    expect(isSending({ plan: planOf({ directions: [direction] }), isClient })).toBe(expected);
    expect(isSending({ plan: planOf({ directions: ['up', 'down'] }), isClient })).toBe(true);
  });
});

describe('startEvent', () => {
  it('tells who speaks to whom, and what was asked for', () => {
    const { facts } = setUp({ grant: GRANT });
    expect(startEvent(facts, { receiveTimestamps: 'kernel', receiveBufferBytes: 7 })).toMatchObject({
      type: 'start',
      runner: 'tcp-client',
      kind: 'load',
      peer: { host: 'server.example', ...REMOTE, protocol: 'pathgauge' },
      transport: { kind: 'portable', receiveTimestamps: 'kernel', receiveBufferBytes: 7 },
      settings: { lengthBytes: 1000, intervalNs: 100e6, durationNs: 2e9, direction: 'up' },
    });
    expect(startEvent(setUp().facts, undefined).peer.protocol).toBe('iperf3');
  });
});

describe('what there is to note', () => {
  it('is what this host did not send, under the code of its system', () => {
    const { facts, told } = setUp({ plan: { protocol: 'udp' } });
    noteSendError(facts, Object.assign(new Error('no buffer space'), { code: 'ENOBUFS' }));
    noteSendError(facts, new Error('something else'));
    expect(told).toMatchObject([
      { code: 'ENOBUFS', message: expect.stringContaining('10.0.0.2:5201') },
      { code: 'UNKNOWN', message: expect.stringContaining('something else') },
    ]);
  });

  it('is what ICMP says, in words', () => {
    const { facts, told } = setUp({ plan: { protocol: 'udp' } });
    const icmp = { version: 4, type: 3, code: 13, from: '192.0.2.1', mtuBytes: undefined } as const;
    const message = noteIcmp(facts, { error: 'EHOSTUNREACH', icmp, count: 1 });
    expect(message).toContain('says 192.0.2.1');
    expect(told).toStrictEqual([{ type: 'notice', code: 'EHOSTUNREACH', message }]);
  });

  it.each<[string, Known, boolean]>([
    ['where this end sends datagrams', { plan: { protocol: 'udp' } }, true],
    ['not where it receives them', { plan: { protocol: 'udp', directions: ['down'] } }, false],
    ['not over TCP, where nothing new leaves by itself', { plan: { protocol: 'tcp' } }, false],
    ['where it is the server that sends', { isClient: false, plan: { protocol: 'udp', directions: ['down'] } }, true],
  ])('is that nothing is heard of the peer: %s', (_, known, expected) => {
    const { facts, told } = setUp(known);
    noteSilence(facts);
    expect(told.map(({ code }) => code)).toStrictEqual(expected ? ['peer-silent'] : []);
  });
});

describe('ownResults', () => {
  it('are in the words of iperf3, and in full for a Pathgauge', () => {
    const plain = setUp();
    const { streams } = plain.outcome();
    expect(ownResults(plain.facts, streams, NO_WORDS)).toMatchObject({
      sending: true,
      streams: [{ id: 1, bytes: 20_000, endSeconds: 2 }],
      extension: undefined,
    });
    const { facts } = setUp({ grant: GRANT });
    expect(ownResults(facts, streams, NO_WORDS).extension).toStrictEqual(figuresToJson([FIGURES]));
  });
});
