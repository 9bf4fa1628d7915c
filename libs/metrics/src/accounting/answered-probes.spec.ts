import fc from 'fast-check';
import { AnsweredProbes } from './answered-probes';

const nothing = () => ({ index: 0, rank: 0, sentAt: 7, arrivedAt: 0, upNs: 0, downNs: 0 });

describe('AnsweredProbes', () => {
  it('keeps what was put for every probe that is not settled, however far apart they come', () => {
    const steps = fc.array(fc.record({ sent: fc.nat(9), settled: fc.nat(9) }), { maxLength: 60, size: 'max' });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 8 }), (script, initial) => {
        const most = 32;
        const probes = new AnsweredProbes(initial, most);
        let [oldest, next] = [0, 0];
        for (const { sent, settled } of script) {
          for (let n = 0; n < sent && next - oldest < most; n++, next++) {
            probes.makeRoom(oldest, next);
            probes.put(next, 2 * next, 3 * next, 4 * next, 5 * next);
          }
          oldest = Math.min(next, oldest + settled);
          for (let index = oldest; index < next; index++) {
            const probe = nothing();
            probes.read(index, probe);
            const figures = { rank: 2 * index, arrivedAt: 3 * index, upNs: 4 * index, downNs: 5 * index };
            expect(probe).toStrictEqual({ index, ...figures, sentAt: 7 });
          }
        }
      }),
    );
  });
});
