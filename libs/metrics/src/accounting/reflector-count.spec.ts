import { instant, span } from '@pathgauge/units';
import { countingFrom, measured, NOTHING_TOLD, type Session, TIMEOUT, told, WRAP } from '../../test/reflector-sessions';
import { ProbeLedger } from './probe-ledger';

describe('ReflectorCount', () => {
  it.each<[string, Session['closing'], (number | undefined)[]]>([
    // Numbers 0 1 2; the closing probe 4 gets 3.
    ['...', ['answered'], [0, 0, 0, 0]],
    // 0 _ 1 (2) 3: one number was never seen, so one of the two was lost on the way down.
    ['.u.d.', [], [1, 1, 0, 0]],
    // 0, (1), (2), and 3 for the closing probe: two numbers unseen, one probe left for the way up.
    ['.ddu', ['answered'], [1, 2, 0, 0]],
    ['.uuu', ['answered'], [3, 0, 0, 0]],
    ['.u.u', [], [undefined, undefined, 0, 0]],
    // Closing probes that did not reach the reflector count for nothing, but who knows: (1), 2 as for one lost down.
    ['.u.d', ['lost up', 'answered'], [undefined, undefined, 0, 0]],
    ['.u.d', ['lost down', 'answered'], [1, 1, 0, 0]],
    // 0 1 and 2: no number is left that a closing probe might have had.
    ['.u.u', ['lost up', 'answered'], [2, 0, 0, 0]],
    // 0 _ 1: all that were sent behind the last one heard of were answered, as there are none.
    ['.u.', ['lost up', 'lost down', 'lost up', 'lost down'], [1, 0, 0, 0]],
    // 0 1 1 2+3 _ 4: one reply twice, one request twice.
    ['.D2u.', [], [1, 0, 1, 1]],
    // 0+1 2 _ 3 (4) 5: as many are missing as can be, but 4 may be of a copy like 1.
    ['2.u.d.', ['answered'], [undefined, undefined, 1, 0]],
    // 0, 1 2, and 3 for the closing probe, which is 3, too: but 2 for the probe 1 was not its own.
    ['.2', ['answered'], [0, 0, 1, 0]],
    // The same with 2 unheard of: all that was seen are the sender's own numbers.
    ['.h', ['answered'], NOTHING_TOLD],
    ['...', [], NOTHING_TOLD],
  ])('%s, closing %j', (line, closing, expected) => {
    expect(told(line, closing)).toStrictEqual(expected);
  });

  it.each<[string, Session['numberOf'], (number | undefined)[]]>([
    ['copies our number', (_, sequence) => sequence, NOTHING_TOLD],
    // 7 8 _ 9 (10) 11, closing 12: it had counted 7 before the first.
    ['had counted a little before', countingFrom(7), [1, 1, 0, 0]],
    ['had counted long before', countingFrom(1000), [1, 1, 0, 0]],
    ['wraps', countingFrom(WRAP - 2), [1, 1, 0, 0]],
    // 0 1 _ 0 (1) 2
    ['restarts', (nth) => (nth < 2 ? nth : nth - 2), NOTHING_TOLD],
  ])('a reflector that %s', (_, numberOf, expected) => {
    expect(told('..u.d.', ['answered'], numberOf)).toStrictEqual(expected);
  });

  it('a reflector that copies our number tells nothing even where nothing is lost', () => {
    expect(told('....', ['answered'], (_, sequence) => sequence)).toStrictEqual(NOTHING_TOLD);
  });

  it('a reflector that had counted before, and lost probes', () => {
    // _ 1000 _ 1001: whether the first was lost up, or down as 999, is not told.
    expect(told('u.u.', ['answered'], countingFrom(1000))).toStrictEqual([undefined, undefined, 0, 0]);
    expect(told('d.u.', ['answered'], countingFrom(1000))).toStrictEqual([undefined, undefined, 0, 0]);
    // 1000 _ 1001 (1002), closing 1003.
    expect(told('.u.d', ['answered'], countingFrom(1000))).toStrictEqual([1, 1, 0, 0]);
  });

  it.each<[string, [number, number][]]>([
    [
      'in order',
      [
        [0, 1],
        [1, 2],
      ],
    ],
    [
      'out of order',
      [
        [1, 2],
        [0, 1],
      ],
    ],
    [
      'twice',
      [
        [1, 2],
        [1, 2],
        [0, 1],
        [0, 1],
        [1, 2],
      ],
    ],
  ])('takes the first closing probe, answered %s', (_, closing) => {
    // 0 _, closing 1 and 2: nothing lay between the probe and the first closing probe. The second alone would not tell.
    const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
    for (const at of [0, 1]) ledger.send(instant(at));
    ledger.answer(0, { arrivedAt: instant(2), upNs: undefined, downNs: undefined, ownSequence: 0 });
    ledger.abandon();
    for (const [order, own] of closing) ledger.answerClosing(order, order + 1, 3 + order, own);
    expect(ledger.snapshot()).toMatchObject({ lost: 1, lostUp: 1, lostDown: 0 });
  });

  it('a number too many at the end: an overtaken request, or a copy', () => {
    // Probe 1 gets number 0 and is heard, probe 0 gets 1 and its reply is lost; the closing probe gets 2. If 1 were of a copy of
    // probe 1, all would look the same, and probe 0 were lost on the way up.
    const probes = [
      { gap: 0, requests: [{ delay: 10, replies: [] }] },
      { gap: 0, requests: [{ delay: 1, replies: [1] }] },
    ];
    const counts = measured({ probes, closing: ['answered'], sweeps: true });
    expect(counts).toMatchObject({ lostUp: undefined, lostDown: undefined });
    expect(counts).toMatchObject({ lostUpRange: [0, 1], lostDownRange: [0, 1] });
  });

  it('probes that overtook one another are one place', () => {
    // 0 3 1* 2 4 at the reflector: 1 is lost on the way down among those that 3 overtook.
    const delays: readonly [number, number[]][] = [
      [5, [1]],
      [5, []],
      [5, [1]],
      [1, [1]],
      [5, [1]],
    ];
    const probes = delays.map(([delay, replies], i) => ({ gap: i === 0 ? 0 : 1, requests: [{ delay, replies }] }));
    expect(measured({ probes, closing: ['answered'], sweeps: true })).toMatchObject({ lostUp: 0, lostDown: 1 });
  });

  it('numbers that somebody else used up', () => {
    // 0 2 3 4 with nobody missing between 0 and 1, and 6 unanswered: 0 up and 1 down, or 1 and 0.
    const counts = measured({
      probes: [...'......']
        .map(() => ({ gap: 20, requests: [{ delay: 5, replies: [5] }] }))
        .concat([{ gap: 20, requests: [] }]),
      closing: ['answered'],
      sweeps: true,
      numberOf: (nth) => (nth < 1 ? nth : nth + 1),
    });
    expect(counts).toMatchObject({ lostUp: undefined, lostUpRange: [0, 1], lostDownRange: [0, 1] });
  });

  it('a reflector that begins at 1, whose first reply was heard', () => {
    expect(told('..u.d.', ['answered'], countingFrom(1))).toStrictEqual([1, 1, 0, 0]);
  });

  it('a reflector that begins anew below what had come back', () => {
    // 10 to 15, then 2 _ 3 and so on: probe 6 was sent when 15 had come back.
    expect(told('......u..', ['answered'], (nth) => (nth < 6 ? 10 + nth : nth - 4))).toStrictEqual(NOTHING_TOLD);
  });

  it('a late reply that came in behind a closing probe that was lost', () => {
    // 0 for probe 0, 1 for nobody knows whom, 2 for probe 2, late, and 3 for the second closing probe: 1 was the first closing
    // probe's, or that of probe 1.
    const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
    for (const at of [0, 0, 0]) ledger.send(instant(at));
    const reply = { arrivedAt: instant(2), upNs: undefined, downNs: undefined };
    ledger.answer(0, { ...reply, ownSequence: 0 });
    ledger.abandon();
    ledger.answer(2, { ...reply, ownSequence: 2 });
    ledger.answerClosing(1, 2, 5, 3);
    expect(ledger.snapshot()).toMatchObject({ late: 1, lostUp: undefined, lostUpRange: [0, 1], lostDownRange: [0, 1] });
  });

  it('a closing probe that gets a number from before: the reflector began anew', () => {
    expect(told('..d.u.', ['answered'], (nth) => (nth < 5 ? 100 + nth : nth - 5))).toStrictEqual(NOTHING_TOLD);
  });

  it.each(['before', 'behind'] as const)(
    'a late reply heard %s that of the closing probe it was overtaken by',
    (when) => {
      const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
      for (const at of [0, 0, 0]) ledger.send(instant(at));
      const reply = { arrivedAt: instant(2), upNs: undefined, downNs: undefined };
      ledger.answer(0, { ...reply, ownSequence: 0 });
      ledger.abandon();
      const late = (): string => ledger.answer(1, { ...reply, ownSequence: 2 });
      if (when === 'before') expect(late()).toBe('late');
      ledger.answerClosing(0, 1, 4, 1);
      if (when === 'behind') expect(late()).toBe('late');
      expect(ledger.snapshot()).toMatchObject({ lost: 2, late: 1, lostUp: 1, lostDown: 0 });
    },
  );

  it('a number from before the first one that was heard, across 2^32', () => {
    // 2^32 - 1 for probe 0 and 0 for probe 1, heard in the other order.
    const probes = [15, 5].map((delay, index) => ({ gap: 0, requests: [{ delay: index, replies: [delay] }] }));
    const counts = measured({ probes, closing: ['answered'], sweeps: true, numberOf: countingFrom(WRAP - 1) });
    expect(counts).toMatchObject({ lostUp: 0, lostDown: 0, duplicatesUp: 0, duplicatesDown: 0 });
  });

  it.each<[string, (nth: number) => number]>([
    ['numbers anything', (nth) => (nth * 2_654_435_761) % WRAP],
    ['counts other requests too, as many again', (nth) => 2 * nth],
    ['leaps ahead by a thousand', (nth) => (nth < 3 ? nth : nth + 1000)],
  ])('one that %s tells no direction', (_, numberOf) => {
    expect(told('..u.d......', ['answered'], numberOf).slice(0, 2)).toStrictEqual([undefined, undefined]);
  });

  it.each([0, 1, 5000])('one that copies our numbers, %d higher, tells nothing', (higher) => {
    const ledger = new ProbeLedger({ capacity: 8, timeout: span(TIMEOUT), onLost: () => {}, onSettled: () => {} });
    for (const at of [0, 1, 2]) ledger.send(instant(at));
    for (const index of [0, 2]) {
      ledger.answer(index, { arrivedAt: instant(3), upNs: undefined, downNs: undefined, ownSequence: index + higher });
    }
    ledger.abandon();
    ledger.answerClosing(0, 1, 4, 4 + higher);
    expect(ledger.snapshot()).toMatchObject({ lost: 1, lostUp: undefined, lostDown: undefined });
  });
});
