import fc from 'fast-check';
import { type Placeable, placeOf } from './placing';

const sleeping = (roles: number): Placeable => ({ roles, spins: false });
const spinning = (roles: number): Placeable => ({ roles, spins: true });

describe('a role', () => {
  it.each<[string, readonly Placeable[], boolean, number, number | undefined]>([
    ['the first one gets a thread', [], false, 2, undefined],
    ['gets one of its own while there are fewer than processors', [sleeping(1)], false, 2, undefined],
    ['shares when there are as many', [sleeping(3), sleeping(1)], false, 2, 1],
    ['goes to the first of those that have equally few', [sleeping(2), sleeping(1), sleeping(1)], false, 3, 1],
    ['is put into an empty thread before another is started', [sleeping(1), sleeping(0)], false, 4, 1],
    ['does not go to one that spins', [spinning(0), spinning(1)], false, 1, undefined],
    ['that spins shares with nobody', [sleeping(0), spinning(1)], true, 1, undefined],
    ['that spins takes an empty thread that does', [sleeping(0), spinning(1), spinning(0)], true, 1, 2],
    [
      'that spins leaves the processors to those that sleep',
      [spinning(1), spinning(1), sleeping(1)],
      false,
      2,
      undefined,
    ],
  ])('%s', (_, threads, spins, processors, place) => {
    expect(placeOf(threads, spins, processors)).toBe(place === undefined ? undefined : threads[place]);
  });

  it('finds room in as many threads as there are processors, evenly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 64 }), (roles, processors) => {
        const threads: { roles: number; spins: boolean }[] = [];
        for (let role = 0; role < roles; role++) {
          const place = placeOf(threads, false, processors);
          if (place === undefined) threads.push({ roles: 1, spins: false });
          else place.roles++;
        }
        const counts = threads.map((thread) => thread.roles);
        expect(threads).toHaveLength(Math.min(roles, processors));
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
