import type { NoticeEvent } from '@pathgauge/result';
import { MAX_CODES, MAX_MESSAGES, Notices } from './notices';

describe('Notices', () => {
  const setUp = (): { notices: Notices; told: NoticeEvent[] } => {
    const told: NoticeEvent[] = [];
    return { notices: new Notices((event) => told.push(event)), told };
  };

  it('tells each message once and counts how often it came', () => {
    const { notices, told } = setUp();
    for (const message of ['one', 'two', 'one']) notices.note('A', message);
    notices.note('B', 'one', 3);
    expect(told.map(({ code, message }) => `${code} ${message}`)).toStrictEqual(['A one', 'A two', 'B one']);
    expect(notices.list()).toStrictEqual([
      { code: 'A', message: 'one', count: 2 },
      { code: 'A', message: 'two', count: 1 },
      { code: 'B', message: 'one', count: 3 },
    ]);
  });

  it('counts messages beyond the bound with the last of their code, and tells them no more', () => {
    const { notices, told } = setUp();
    for (let i = 0; i < MAX_MESSAGES + 5; i++) notices.note('A', `${i}`);
    notices.note('A', '0');
    expect(told).toHaveLength(MAX_MESSAGES);
    expect(notices.list().map(({ count }) => count)).toStrictEqual([2, 1, 1, 1, 1, 1, 1, 6]);
  });

  it('holds no more than a bounded number of codes', () => {
    const { notices, told } = setUp();
    for (let i = 0; i < 2 * MAX_CODES; i++) notices.note(`${i}`, 'm');
    expect(told).toHaveLength(MAX_CODES);
    expect(notices.list()).toHaveLength(MAX_CODES);
  });
});
