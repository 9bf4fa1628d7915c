import { ForeignReplyCount, foreignRepliesText } from './foreign-replies';

it('knows nothing before anything came', () => {
  expect(new ForeignReplyCount().snapshot()).toBeUndefined();
});

it('counts by kind; a snapshot stays as it is', () => {
  const count = new ForeignReplyCount();
  count.record('ssid');
  count.record('short');
  const before = count.snapshot();
  count.record('ssid');
  expect(before).toStrictEqual({ count: 2, kinds: { ssid: 1, short: 1 } });
  expect(count.snapshot()).toStrictEqual({ count: 3, kinds: { ssid: 2, short: 1 } });
});

describe('in one line', () => {
  const replies = { count: 3, kinds: { ssid: 2, short: 1 } };

  it('names the kinds in their own order, not in that of arrival', () => {
    expect(foreignRepliesText(replies, 'peer:862', true)).toBe(
      '3 datagrams that answer no probe of this session (1 shorter than a reply, 2 with another SSID) were ignored',
    );
  });

  it('says of a peer that answers no probe what it speaks instead', () => {
    expect(foreignRepliesText(replies, 'peer:862', false)).toBe(
      'peer:862 answers, but not with STAMP, TWAMP-Light or an echo: 1 shorter than a reply, 2 with another SSID',
    );
  });
});
