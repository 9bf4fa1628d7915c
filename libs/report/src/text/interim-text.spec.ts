import { interimLine } from './interim-text';

describe('the figures so far of a load', () => {
  const up = { direction: 'up', measuredAt: 'sender', bytes: 125_000 } as const;
  const down = { direction: 'down', measuredAt: 'receiver', bytes: 250_000 } as const;
  const lineOf = (directions: readonly (typeof up | typeof down)[], elapsedNs = 1e9) =>
    interimLine({ type: 'interim', of: 'load', elapsedNs, directions });

  it('are what was sent, or received', () => {
    expect(lineOf([up])).toBe('so far: 122 KiB sent in 1.00 s, 1.00 Mbit/s');
    expect(lineOf([down])).toBe('so far: 244 KiB received in 1.00 s, 2.00 Mbit/s');
  });

  it('are told of each direction, where there are two', () => {
    expect(lineOf([up, down])).toBe(
      'so far: up 122 KiB sent in 1.00 s, 1.00 Mbit/s; down 244 KiB received in 1.00 s, 2.00 Mbit/s',
    );
  });

  it('have no rate before any time has passed', () => {
    expect(lineOf([up], 0)).toMatch(/, -$/);
  });
});
