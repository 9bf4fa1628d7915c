import { altered, contextOn, describeHere } from '../../test/linux/altered-native';
import { EHOSTUNREACH } from './abi';
import { MessageVector } from './message-vector';
import { Transmission } from './transmission';

describeHere('Transmission', (native) => {
  /** One message, of which the system says `results` in turn; `told`: whether the error queue tells of earlier ones each time. */
  function attempt(results: readonly number[], told: (read: number) => boolean) {
    const left = [...results];
    const earlier: number[] = [];
    let reads = 0;
    const context = contextOn(altered(native, () => ({ sendmmsg: () => left.shift() ?? 1 })));
    const transmission = new Transmission(
      context.native,
      { fd: -1 },
      () => told(reads++),
      (result) => earlier.push(result),
    );
    const sent = transmission.attempt(new MessageVector(context.native, 1, 64), 0, 1);
    return { sent, earlier, tries: results.length - left.length };
  }

  const failures = (count: number): number[] => Array(count).fill(-EHOSTUNREACH);

  it('takes a failure that comes three times in a row for one of this message', () => {
    expect(attempt(failures(9), () => false)).toStrictEqual({ sent: -EHOSTUNREACH, earlier: [], tries: 3 });
  });

  it('takes one that goes by itself for one of an earlier message, and tells it', () => {
    expect(attempt(failures(2), () => false)).toMatchObject({ sent: 1, earlier: [-EHOSTUNREACH] });
  });

  it('takes none of those that the error queue tells for one of this message, however many are forged', () => {
    expect(attempt(failures(30), () => true)).toMatchObject({ sent: 1, earlier: [] });
    // What the error queue has told has been told.
    expect(attempt(failures(2), (read) => read === 0)).toMatchObject({ sent: 1, earlier: [-EHOSTUNREACH] });
  });

  it('does not try for ever', () => {
    expect(attempt(failures(1000), () => true)).toStrictEqual({ sent: -EHOSTUNREACH, earlier: [], tries: 35 });
  });
});
