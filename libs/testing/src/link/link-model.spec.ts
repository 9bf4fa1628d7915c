import { type Instant, milliseconds } from '@pathgauge/units';
import { LinkModel, type LinkSettings } from './link-model';
import { seededRandom } from './random';

const ms = milliseconds;
const at = (time: number): Instant => ms(time) as number as Instant;

/** The fates of packets of 10 bytes, one a millisecond. */
const fates = (settings: Partial<LinkSettings>, seed = 1, count = 2000): number[][] => {
  const model = new LinkModel(settings, seededRandom(seed));
  return Array.from({ length: count }, (_, i) => model.fateOf(10, at(i)));
};
const lostIn = (all: readonly number[][]): number => all.filter((copies) => copies.length === 0).length;

describe('LinkModel', () => {
  it('does nothing by default', () => {
    expect(fates({}, 1, 3)).toStrictEqual([[0], [0], [0]]);
  });

  it('depends on nothing but the seed', () => {
    const settings = { jitter: ms(5), loss: 0.1, duplicate: 0.1, bursts: { begin: 0.1, end: 0.5 } };
    expect(fates(settings, 7)).toStrictEqual(fates(settings, 7));
    expect(fates(settings, 7)).not.toStrictEqual(fates(settings, 8));
  });

  it('draws the same for each packet, whatever else is set', () => {
    const alone = fates({ loss: 0.2 }, 3).map((copies) => copies.length);
    const among = fates({ loss: 0.2, delay: ms(4), jitter: ms(9) }, 3).map((copies) => copies.length);
    expect(among).toStrictEqual(alone);
  });

  it('delays within the jitter', () => {
    const delays = fates({ delay: ms(10), jitter: ms(4) }).flat();
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10e6);
    expect(Math.max(...delays)).toBeLessThanOrEqual(14e6);
    expect(Math.max(...delays) - Math.min(...delays)).toBeGreaterThan(3.9e6);
  });

  it('loses and doubles about as often as it is told', () => {
    // 2000 draws at 0.2: 400, with a standard deviation of 18.
    expect(Math.abs(lostIn(fates({ loss: 0.2 })) - 400)).toBeLessThan(90);
    expect(Math.abs(fates({ duplicate: 0.2 }).flat().length - 2400)).toBeLessThan(90);
    expect(
      Math.abs(
        fates({ reorder: { probability: 0.2, by: ms(1) } })
          .flat()
          .filter((by) => by > 0).length - 400,
      ),
    ).toBeLessThan(90);
  });

  it('loses in runs that last 1 / end packets in the mean', () => {
    const runs = fates({ bursts: { begin: 0.02, end: 0.25 } }, 5, 20_000)
      .map((copies) => (copies.length === 0 ? 'x' : ' '))
      .join('')
      .split(' ')
      .filter((run) => run !== '');
    const mean = runs.join('').length / runs.length;
    expect(mean).toBeGreaterThan(3.3);
    expect(mean).toBeLessThan(4.7);
  });

  it('drops the packets it is told to', () => {
    const all = fates({ drops: (packet) => packet === 1 || packet > 3 }, 1, 6);
    expect(all.map((copies) => copies.length)).toStrictEqual([1, 0, 1, 1, 0, 0]);
  });

  it('makes packets wait for the ones before, and drops what finds no room', () => {
    // 8000 bit/s: a byte takes a millisecond. Room for 25 bytes: two packets of 10 and half of one.
    const model = new LinkModel({ rate: 8000, queueBytes: 25, delay: ms(3) }, seededRandom(1));
    expect([0, 0, 0].map((time) => model.fateOf(10, at(time)))).toStrictEqual([[13e6], [23e6], []]);
    // At 6 ms 14 bytes are left; another 10 fit, and leave behind them at 30 ms.
    expect(model.fateOf(10, at(6))).toStrictEqual([27e6]);
    // Long after, the line is idle.
    expect(model.fateOf(10, at(100))).toStrictEqual([13e6]);
  });

  it('delays a stream by its rate, and loses nothing of it', () => {
    const model = new LinkModel({ rate: 8000, queueBytes: 5, loss: 1, delay: ms(2) }, seededRandom(1));
    expect([10, 10].map((bytes) => model.streamDelay(bytes, at(0)))).toStrictEqual([12e6, 22e6]);
  });
});
