import { after, type Instant, milliseconds, span } from '@pathgauge/units';
import { roundTripOf, TransitTimes } from './transit-times';

const LEFT = 1e9 as Instant;
/** The reply is there 10 ms after the probe left. */
const ARRIVED = after(LEFT, milliseconds(10));

function timesOf(receiveNs: number | undefined, serverNs: number | undefined, granularityNs = 1) {
  const onContradiction = jest.fn();
  const reply = { receiveNs, serverNs, ownSequence: 7 } as Parameters<TransitTimes['of']>[0];
  return { booked: new TransitTimes(onContradiction).of(reply, LEFT, ARRIVED, granularityNs), onContradiction };
}

it('are the ways up and down; both and the server make up the round trip', () => {
  const { booked, onContradiction } = timesOf(LEFT + 3e6, 2e6);
  expect(booked).toStrictEqual({
    arrivedAt: ARRIVED,
    earliestAt: ARRIVED,
    upNs: 3e6,
    downNs: 5e6,
    ownSequence: 7,
  });
  expect(roundTripOf(booked, LEFT)).toBe(8e6);
  expect(onContradiction).not.toHaveBeenCalled();
});

it('add up exactly also where the clocks are decades apart', () => {
  const { booked } = timesOf(LEFT + 1e18, 2e6);
  expect(roundTripOf(booked, LEFT)).toBe(8e6);
});

it('are unknown where the server tells no times: the round trip is all that has passed', () => {
  const { booked, onContradiction } = timesOf(undefined, undefined);
  expect([booked.upNs, booked.downNs]).toStrictEqual([undefined, undefined]);
  expect(roundTripOf(booked, LEFT)).toBe(10e6);
  expect(onContradiction).not.toHaveBeenCalled();
});

it.each<[string, number, number, boolean]>([
  ['a server that had the probe for longer than it was away', 20e6, 1, true],
  ['a server that answered before it received, by a microsecond', -1_000, 1, false],
  ['by more than that', -1_001, 1, true],
  ['by as much as its clock is coarse', -5_000, 5_000, false],
])('are unknown where they cannot be true: %s', (_, serverNs, granularityNs, contradicts) => {
  const { booked, onContradiction } = timesOf(LEFT + 3e6, serverNs, granularityNs);
  expect([booked.upNs === undefined, booked.downNs === undefined]).toStrictEqual([contradicts, contradicts]);
  expect(onContradiction).toHaveBeenCalledTimes(contradicts ? 1 : 0);
});

it('of one reply are not left over for the next', () => {
  const times = new TransitTimes(() => {});
  const reply = { receiveNs: LEFT + 3e6, serverNs: 0, ownSequence: 7 } as Parameters<TransitTimes['of']>[0];
  times.of(reply, LEFT, ARRIVED, 1);
  const next = times.of({ ...reply, receiveNs: undefined }, LEFT, after(ARRIVED, span(5)), 1);
  expect([next.upNs, next.downNs, next.arrivedAt]).toStrictEqual([undefined, undefined, ARRIVED + 5]);
});
