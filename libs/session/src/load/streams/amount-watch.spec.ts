import { VirtualClock, VirtualTime, VirtualTimer } from '@pathgauge/testing';
import { type Instant, milliseconds, seconds } from '@pathgauge/units';
import { watchAmount } from './amount-watch';

const setUp = (bytes: number | undefined, isLossy: boolean, spacing = milliseconds(1)) => {
  const time = new VirtualTime();
  const clock = new VirtualClock(time);
  const progress = { bytes: 0, lastArrival: undefined as Instant | undefined, isComplete: undefined };
  const onComplete = jest.fn();
  const timers = { clock, coarseTimer: () => new VirtualTimer(time, clock) };
  const end = watchAmount(timers, { bytes, isLossy, spacing, progress: () => progress, onComplete });
  const arrive = (count: number): void => {
    progress.bytes += count;
    progress.lastArrival = clock.now();
  };
  return { time, arrive, end, onComplete };
};

it('says once that all has come, and looks no more', async () => {
  const { time, arrive, onComplete } = setUp(1000, false);
  arrive(999);
  await time.advance(seconds(9));
  expect(onComplete).not.toHaveBeenCalled();
  arrive(1);
  await time.advance(milliseconds(5));
  expect(onComplete).toHaveBeenCalledTimes(1);
  await time.advance(seconds(9));
  expect(onComplete).toHaveBeenCalledTimes(1);
});

it('waits two seconds for what may be lost, once anything has come', async () => {
  const { time, arrive, onComplete } = setUp(1000, true);
  await time.advance(seconds(60));
  arrive(999);
  await time.advance(milliseconds(1990));
  expect(onComplete).not.toHaveBeenCalled();
  await time.advance(milliseconds(15));
  expect(onComplete).toHaveBeenCalledTimes(1);
});

it('waits longer where what is not lost takes longer to come', async () => {
  const { time, arrive, onComplete } = setUp(1000, true, seconds(5));
  arrive(100);
  await time.advance(milliseconds(14_990));
  expect(onComplete).not.toHaveBeenCalled();
  await time.advance(milliseconds(15));
  expect(onComplete).toHaveBeenCalledTimes(1);
});

it('leaves it to the streams to know when they have it', async () => {
  const { time, arrive, onComplete } = setUp(undefined, false);
  arrive(1e9);
  await time.advance(seconds(9));
  expect(onComplete).not.toHaveBeenCalled();
});

it('ends when it is told to', async () => {
  const { time, arrive, end, onComplete } = setUp(1000, true);
  end();
  arrive(1000);
  await time.advance(seconds(9));
  expect(onComplete).not.toHaveBeenCalled();
});
