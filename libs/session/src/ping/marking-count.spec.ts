import { MarkingCount } from './marking-count';

describe('MarkingCount', () => {
  it('tells nothing of what was not told', () => {
    expect(new MarkingCount(46).snapshot()).toBeUndefined();
    const count = new MarkingCount(46);
    count.recordHopLimit(undefined);
    expect(count.snapshot()).toBeUndefined();
  });

  it('tells the latest hop limit, and keeps it where one is not told', () => {
    const count = new MarkingCount(undefined);
    count.recordHopLimit(64);
    count.recordHopLimit(57);
    count.recordHopLimit(undefined);
    expect(count.snapshot()).toStrictEqual({ hopLimit: 57, dscp: undefined, ecn: undefined, remarked: undefined });
  });

  it('counts those that arrived with another DSCP than they were sent with; ECN is no matter', () => {
    const count = new MarkingCount(46);
    for (const dscp of [46, 0, 46, 8]) count.recordClass(dscp, 1);
    count.recordClass(46, 3);
    expect(count.snapshot()).toStrictEqual({ hopLimit: undefined, dscp: 46, ecn: 3, remarked: 2 });
  });

  it('says that none was changed, which is another thing than not to know', () => {
    const known = new MarkingCount(0);
    known.recordClass(0, 0);
    expect(known.snapshot()).toStrictEqual({ hopLimit: undefined, dscp: 0, ecn: 0, remarked: 0 });
    const unknown = new MarkingCount(undefined);
    unknown.recordClass(10, 0);
    expect(unknown.snapshot()).toStrictEqual({ hopLimit: undefined, dscp: 10, ecn: 0, remarked: undefined });
  });

  it('gives a copy, which later samples do not change', () => {
    const count = new MarkingCount(46);
    count.recordClass(46, 0);
    const before = count.snapshot();
    count.recordClass(0, 0);
    expect(before).toMatchObject({ dscp: 46, remarked: 0 });
  });
});
