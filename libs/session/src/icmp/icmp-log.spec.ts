import { IcmpError, type IcmpMessage } from '@pathgauge/transport';
import { IcmpLog, type IcmpReport } from './icmp-log';

const message = (known: Partial<IcmpMessage> = {}): IcmpMessage => ({
  version: 4,
  type: 11,
  code: 0,
  from: '192.0.2.1',
  mtuBytes: undefined,
  ...known,
});

const setUp = () => {
  const news: IcmpReport[] = [];
  const log = new IcmpLog((heard) => news.push({ ...heard }));
  const hear = (known: Partial<IcmpMessage> = {}) => log.record(new IcmpError('EHOSTUNREACH', message(known)));
  return { log, news, hear };
};

describe('IcmpLog', () => {
  it('tells each message of each router once, and counts it', () => {
    const { log, news, hear } = setUp();
    for (const from of ['192.0.2.1', '192.0.2.2', '192.0.2.1']) hear({ from });
    hear({ type: 3 });
    hear({ version: 6 });
    hear({ type: 3, code: 4, mtuBytes: 1400 });
    hear({ type: 3, code: 4, mtuBytes: 1300 });
    const told = [
      message(),
      message({ from: '192.0.2.2' }),
      message({ type: 3 }),
      message({ version: 6 }),
      message({ type: 3, code: 4, mtuBytes: 1400 }),
      message({ type: 3, code: 4, mtuBytes: 1300 }),
    ];
    expect(news).toStrictEqual(told.map((icmp) => ({ error: 'EHOSTUNREACH', icmp, count: 1 })));
    expect(log.snapshot().map(({ count }) => count)).toStrictEqual([2, 1, 1, 1, 1, 1]);
  });

  it('tells errors of which no more is known by their code', () => {
    const { log, news } = setUp();
    for (const code of ['ECONNREFUSED', 'EMSGSIZE', 'ECONNREFUSED']) log.record(Object.assign(new Error(), { code }));
    log.record(new Error('nothing is known of it'));
    expect(news.map(({ error, icmp }) => [error, icmp])).toStrictEqual([
      ['ECONNREFUSED', undefined],
      ['EMSGSIZE', undefined],
      ['UNKNOWN', undefined],
    ]);
    expect(log.snapshot().map(({ count }) => count)).toStrictEqual([2, 1, 1]);
  });

  it('tells 17 things at the most, however many are forged, and loses no count', () => {
    const { log, news, hear } = setUp();
    hear();
    for (let i = 0; i < 100_000; i++) hear({ from: `198.51.${i >>> 8}.${i & 255}` });
    hear();
    expect(news).toHaveLength(17);
    expect(news.at(-1)).toStrictEqual({ error: 'FURTHER', icmp: undefined, count: 1 });
    const counts = log.snapshot().map(({ count }) => count);
    // 2 of the first, 15 further ones apart, the others together.
    expect(counts).toStrictEqual([2, ...Array(15).fill(1), 100_000 - 15]);
  });
});
