import { AwaitedOpenings, openingKey } from './awaited-openings';

const token = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);
const count = (openings: AwaitedOpenings, shown: Uint8Array | undefined, tries: number): number =>
  Array.from({ length: tries }, () => openings.take(shown)).filter((taken) => taken).length;

describe('AwaitedOpenings', () => {
  it('takes none that nobody awaits, however many come', () => {
    const openings = new AwaitedOpenings();
    expect(count(openings, token(1), 10)).toBe(0);
    openings.expect(openingKey(token(1)), 1);
    expect([count(openings, token(2), 10), count(openings, undefined, 10)]).toStrictEqual([0, 0]);
    expect(openings.isAwaiting).toBe(true);
    openings.forget(openingKey(token(1)));
    expect(openings.isAwaiting).toBe(false);
    expect(count(openings, token(1), 10)).toBe(0);
  });

  it('takes an awaited one as often as a client asks, and no more', () => {
    const openings = new AwaitedOpenings();
    openings.expect(openingKey(token(1)), 1);
    expect(count(openings, token(1), 1000)).toBe(20);
  });

  it('takes those without a token as long as one of the tests awaits one', () => {
    const openings = new AwaitedOpenings();
    openings.expect('', 1);
    openings.expect('', 1);
    openings.forget('');
    expect(count(openings, undefined, 10_000)).toBe(2000);
    openings.forget('');
    expect(count(openings, undefined, 10)).toBe(0);
  });
});
