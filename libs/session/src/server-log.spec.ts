import type { ServerEvent } from '@pathgauge/result';
import { FakeNetwork, VirtualTime } from '@pathgauge/testing';
import { seconds } from '@pathgauge/units';
import { ServerLog } from './server-log';

function setUp() {
  const time = new VirtualTime();
  const log = new ServerLog(new FakeNetwork(time).host('10.0.0.2'));
  const told = async (): Promise<ServerEvent[]> => {
    log.close();
    log.events.end();
    const events: ServerEvent[] = [];
    for await (const event of log.events) events.push(event);
    return events;
  };
  return { time, log, told };
}

const messages = (events: readonly ServerEvent[]): string[] =>
  events.map((event) => (event.type === 'notice' ? event.message : event.type));

describe('ServerLog', () => {
  it('tells notices, with counts where there are any', async () => {
    const { log, told } = setUp();
    log.notice('one', 'first');
    log.notice('two', 'second', { short: 3 });
    log.notListening([Object.assign(new Error('third'), { code: 'EACCES' }), new Error('fourth')]);
    expect(await told()).toStrictEqual([
      { type: 'notice', code: 'one', message: 'first' },
      { type: 'notice', code: 'two', message: 'second', counts: { short: 3 } },
      { type: 'notice', code: 'not-listening', message: 'third', cause: 'EACCES' },
      { type: 'notice', code: 'not-listening', message: 'fourth', cause: undefined },
    ]);
  });

  it('names who was refused once, whatever the reason begins with', async () => {
    const { log, told } = setUp();
    for (const why of ['10.0.0.1:5 closed the connection', '10.0.0.1:5: reset', '10.0.0.1:50 is busy', 'too late'])
      log.refused('10.0.0.1:5', why);
    expect(messages(await told())).toStrictEqual([
      '10.0.0.1:5 closed the connection',
      '10.0.0.1:5: reset',
      '10.0.0.1:5: 10.0.0.1:50 is busy',
      '10.0.0.1:5: too late',
    ]);
  });

  it('tells of a hundred strangers a minute, and that there were more', async () => {
    const { time, log, told } = setUp();
    for (let minute = 0; minute < 3; minute++) {
      for (let i = 0; i < [150, 100, 101][minute]!; i++) log.stranger('probes', `${minute}`);
      await time.advance(seconds(60));
    }
    const said = messages(await told());
    expect(['0', '1', '2'].map((minute) => said.filter((message) => message === minute).length)).toStrictEqual([
      100, 100, 100,
    ]);
    expect(said.filter((message) => message === 'and many more within this minute')).toHaveLength(2);
  });

  it('says once a minute that it is out of files', async () => {
    const { time, log, told } = setUp();
    for (let i = 0; i < 3; i++) log.exhausted();
    await time.advance(seconds(60));
    log.exhausted();
    expect(messages(await told())).toHaveLength(2);
  });

  it('keeps ten thousand events while nobody takes them, and says how many it did not', async () => {
    const { log, told } = setUp();
    for (let i = 0; i < 10_005; i++) log.notice('many', 'one of many');
    const events = log.events[Symbol.asyncIterator]();
    await events.next();
    log.notice('late', 'the log goes on');
    const rest = messages(await told());
    expect(rest.slice(-2)).toStrictEqual(['5 events were not told: the log stood still', 'the log goes on']);
  });
});
