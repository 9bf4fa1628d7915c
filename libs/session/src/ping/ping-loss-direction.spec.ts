import type { ProbeCounts } from '@pathgauge/result';

import {
  type Answer,
  type Course,
  closingOf,
  echo,
  ms,
  run,
  SMOOTH,
  silent,
  stateful,
  stateless,
} from '../../test/witnessed-scene';

describe('the direction of loss', () => {
  const lossy = (answer: Answer) =>
    run({}, { answer, courseOf: (sequence) => (sequence === 2 ? { up: [], down: [[1]] } : SMOOTH) });
  const DIRECTIONS = ['lostUp', 'lostDown', 'duplicatesUp', 'duplicatesDown'] as const;
  const known = (counts: ProbeCounts) => DIRECTIONS.map((name) => counts[name]);
  const NONE = [undefined, undefined, undefined, undefined];

  it('is known of the first, of one between and of the last probes', async () => {
    const lost: Readonly<Record<number, Course>> = {
      0: { up: [], down: [] },
      2: { up: [1], down: [[]] },
      4: { up: [1], down: [[]] },
      5: { up: [], down: [] },
    };
    const { counts, result } = await run({}, { courseOf: (sequence) => lost[sequence] ?? SMOOTH });
    expect(counts).toMatchObject({ sent: 6, lost: 4, lostUp: 2, lostDown: 2, late: 0 });
    expect(result.lossBursts).toStrictEqual({ count: 3, longest: 2, lengths: { 1: 2, 2: 1 } });
  });

  it('is told by a reflector that counts for itself, also when nothing is lost', async () => {
    expect(known((await run()).counts)).toStrictEqual([0, 0, 0, 0]);
    expect(known((await lossy(stateful)).counts)).toStrictEqual([1, 0, 0, 0]);
  });

  it('is not told by one that copies the number of the sender, even when nothing is lost', async () => {
    const { counts, witness } = await run({}, { answer: stateless });
    expect(counts).toMatchObject({ received: 6, lost: 0 });
    expect(known(counts)).toStrictEqual(NONE);
    expect(closingOf(witness, 6)).toStrictEqual([7]);
    expect(known((await lossy(stateless)).counts)).toStrictEqual(NONE);
  });

  it('is not told by an echo server, which gets no closing probes', async () => {
    const { counts, witness, result } = await lossy(echo);
    expect(result.peer.protocol).toBe('echo');
    expect(counts).toMatchObject({ received: 5, lost: 1 });
    expect(known(counts)).toStrictEqual(NONE);
    expect(closingOf(witness, 6)).toStrictEqual([]);
  });

  it('is not told by a silent server, which gets no closing probes', async () => {
    const { counts, witness } = await run({}, { answer: silent });
    expect(counts).toMatchObject({ received: 0, lost: 6 });
    expect(known(counts)).toStrictEqual(NONE);
    expect(closingOf(witness, 6)).toStrictEqual([]);
  });

  it('is asked for eight times at most', async () => {
    const { counts, witness } = await run(
      {},
      { courseOf: (sequence) => (sequence < 5 ? SMOOTH : { up: [], down: [] }) },
    );
    expect(counts).toMatchObject({ lost: 1, lostUp: undefined, lostDown: undefined });
    expect(closingOf(witness, 6)).toStrictEqual([7, 8, 9, 10, 11, 12, 13, 14]);
  });
});

describe('an interrupted session', () => {
  const deaf: Course = { up: [], down: [] };

  it('sends closing probes too, behind what it had sent', async () => {
    const { counts, witness, result } = await run(
      { count: 100 },
      { abortAtMs: 250, courseOf: (sequence) => (sequence === 2 ? { up: [1], down: [[]] } : SMOOTH) },
    );
    expect(result.reason).toBe('interrupted');
    expect(counts).toMatchObject({ sent: 3, received: 2, lost: 1, lostUp: 0, lostDown: 1 });
    expect(closingOf(witness, 3)).toStrictEqual([4]);
  });

  it.each([
    ['closing probes are lost', (sequence: number) => (sequence < 3 ? SMOOTH : deaf)],
    ['a probe and closing probes are lost', (sequence: number) => (sequence < 2 ? SMOOTH : deaf)],
    ['everything is lost', () => deaf],
    ['the path is slow', () => ({ up: [400], down: [[400]] })],
  ])('ends within 800 ms where %s', async (_, courseOf) => {
    // Virtual time begins at 1 s.
    const { end, counts } = await run({ count: 100, timeout: ms(5000) }, { abortAtMs: 250, courseOf });
    expect(counts.sent).toBe(3);
    expect(end - 1e9 - 250e6).toBeLessThanOrEqual(800e6);
  });
});
