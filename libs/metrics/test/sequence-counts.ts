import type { SequenceCounts } from '../src/accounting/sequence-ledger';

export const WINDOW = 65_536;

export const counts = (over: Partial<SequenceCounts>): SequenceCounts => ({
  received: 0,
  duplicates: 0,
  reordered: 0,
  extent: undefined,
  expected: 0,
  beyondWindow: 0,
  ...over,
});
