import { TransportError } from '@pathgauge/transport';
import { instant } from '@pathgauge/units';
import { scriptedRole } from '../../../test/scripted-role';
import { outcomeOf } from '../../../test/stream-outcomes';
import type { IntervalReport } from './interval-report';
import { StreamHandle } from './stream-handle';
import type { StreamWord } from './stream-messages';
import { StreamProgress } from './stream-progress';

const FACTS = { receiveTimestamps: 'kernel', receiveBufferBytes: 1000 } as const;
const REPORT = { interval: { bytes: 7 }, transitMeanNs: undefined, transits: 0 } as IntervalReport;
const PLAIN = { name: 'TransportError', message: 'no route', code: 'ENETUNREACH', mtuBytes: undefined };
const HEARD = { error: 'EHOSTUNREACH', icmp: undefined, count: 1 };

const setUp = () => {
  const role = scriptedRole();
  const told: unknown[][] = [];
  const stream = new StreamHandle(role.handle, new StreamProgress(), {
    onReport: (report) => told.push(['report', report]),
    onComplete: () => told.push(['complete']),
    onBroken: (why) => told.push(['broken', why]),
    onClosed: (error) => told.push(['closed', error]),
    onSendError: (error) => told.push(['send-error', error]),
    onIcmp: (heard) => told.push(['icmp', heard]),
  });
  return { ...role, stream, told };
};

describe('the words of a role', () => {
  it.each<[StreamWord, unknown[]]>([
    [{ word: 'interval', report: REPORT }, ['report', REPORT]],
    [{ word: 'complete' }, ['complete']],
    [{ word: 'broken', why: 'odd bytes' }, ['broken', 'odd bytes']],
    [{ word: 'closed', error: undefined }, ['closed', undefined]],
    [{ word: 'closed', error: PLAIN }, ['closed', expect.objectContaining({ code: 'ENETUNREACH' })]],
    [{ word: 'send-error', error: PLAIN }, ['send-error', expect.objectContaining({ message: 'no route' })]],
    [{ word: 'icmp', heard: HEARD }, ['icmp', HEARD]],
  ])('%j is told', (word, expected) => {
    const { say, told } = setUp();
    say(word);
    expect(told).toStrictEqual([expected]);
  });

  it('has errors that are errors', () => {
    const { say, told } = setUp();
    say({ word: 'closed', error: PLAIN });
    expect(told[0]?.[1]).toBeInstanceOf(Error);
  });
});

describe('what is waited for', () => {
  it('is ready with what there is to know of its socket', async () => {
    const { stream, say } = setUp();
    expect(stream.facts).toBeUndefined();
    say({ word: 'ready', facts: FACTS });
    await stream.ready;
    expect(stream.facts).toStrictEqual(FACTS);
  });

  it('has stopped when the role says so', async () => {
    const { stream, say, orders } = setUp();
    const stopped = jest.fn();
    const stopping = stream.stop().then(stopped);
    await Promise.resolve();
    expect([orders, stopped.mock.calls]).toStrictEqual([[{ order: 'stop' }], []]);
    say({ word: 'stopped' });
    await stopping;
    expect(stopped).toHaveBeenCalledTimes(1);
  });

  it('has an outcome when the role tells it', async () => {
    const { stream, say, orders } = setUp();
    const finishing = stream.finish(instant(9e9));
    expect(orders).toStrictEqual([{ order: 'finish', end: 9e9 }]);
    say({ word: 'finished', outcome: outcomeOf(1, 700) });
    expect(await finishing).toStrictEqual(outcomeOf(1, 700));
  });

  it('is not waited for any more when the role has failed, which is told once as the end of the connection', async () => {
    const { stream, fail, told } = setUp();
    const [ready, stopping, finishing] = [stream.ready, stream.stop(), stream.finish(instant(1))];
    const failure = new TransportError('EMFILE', 'too many open files');
    fail(failure);
    await expect(ready).rejects.toBe(failure);
    expect(await Promise.all([stopping, finishing, stream.stop(), stream.finish(instant(1))])).toStrictEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(told).toStrictEqual([['closed', failure]]);
  });

  it('is not waited for either when the role has ended; nothing has failed then', async () => {
    const { stream, end, told } = setUp();
    const { ready } = stream;
    end();
    await expect(ready).rejects.toThrow('the role of the stream has ended');
    expect(await stream.finish(instant(1))).toBeUndefined();
    expect(told).toStrictEqual([]);
  });

  it('leaves no rejection behind that nobody hears', async () => {
    const unhandled = jest.fn();
    process.on('unhandledRejection', unhandled);
    const { fail, end } = setUp();
    fail(new Error('odd'));
    setUp().end();
    end();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

it('hands orders on', () => {
  const { stream, orders } = setUp();
  stream.post({ order: 'start' });
  stream.post({ order: 'rest', isResting: true });
  expect(orders).toStrictEqual([{ order: 'start' }, { order: 'rest', isResting: true }]);
});
