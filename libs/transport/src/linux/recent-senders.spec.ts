import { RecentSenders } from './recent-senders';

const S = 1e9;

describe('RecentSenders', () => {
  it('know this host from others', () => {
    const senders = new RecentSenders();
    expect([senders.areThisHost('127.0.0.1', 0), senders.areThisHost('192.0.2.1', 0)]).toStrictEqual([true, false]);
    expect([senders.areThisHost('127.0.0.1', 1), senders.areThisHost('192.0.2.1', 1)]).toStrictEqual([true, false]);
  });

  it('are looked up so often in a second, however many there are', () => {
    const senders = new RecentSenders();
    for (let i = 0; i < 64; i++) senders.areThisHost(`192.0.2.${i}`, 10);
    expect(senders.areThisHost('127.0.0.1', 10)).toBe(false);
    expect(senders.areThisHost('127.0.0.1', 10 + S - 1)).toBe(false);
    expect(senders.areThisHost('127.0.0.1', 10 + S)).toBe(true);
  });
});
