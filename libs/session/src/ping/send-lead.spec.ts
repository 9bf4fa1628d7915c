import { seededRandom } from '@pathgauge/testing';
import { span } from '@pathgauge/units';
import fc from 'fast-check';
import { SendLead } from './send-lead';

/** Sends `count` probes ahead of their time by what is known by then; the way takes what `way` says. Leads, one a probe. */
function follow(lead: SendLead, count: number, way: (probe: number) => number): number[] {
  return Array.from({ length: count }, (_, probe) => {
    const took = way(probe);
    lead.learn(span(took), span(took - lead.ns));
    return lead.ns;
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;

describe('SendLead', () => {
  it('is 0 while no stamp has come, then what the first took, unless that was slow', () => {
    const lead = new SendLead();
    expect(lead.ns).toBe(0);
    lead.learn(span(7000), span(900e3));
    expect(lead.ns).toBe(7000);
    const slow = new SendLead();
    slow.learn(span(5e6), span(5e6));
    expect(slow.ns).toBe(30e3);
  });

  it.each([1000, 7000, 200_000, 3e6])('finds a way that always takes %d ns, and stays there within a step', (way) => {
    // From 30 us to 3 ms by 5 % each: ln 100 / ln 1.05 = 95 steps.
    const leads = follow(new SendLead(), 400, () => way);
    const step = Math.max(100, 0.05 * way) * 1.06;
    for (const each of leads.slice(200)) expect(Math.abs(each - way)).toBeLessThanOrEqual(step);
  });

  it('follows a way that becomes shorter, or longer', () => {
    const lead = new SendLead();
    follow(lead, 100, () => 20_000);
    follow(lead, 200, () => 5000);
    expect(Math.abs(lead.ns - 5000)).toBeLessThan(300);
    follow(lead, 200, () => 40_000);
    expect(Math.abs(lead.ns - 40_000)).toBeLessThan(2200);
  });

  it('finds the median of a noisy way, not its mean', () => {
    const random = seededRandom(3);
    // Nine in ten are even from 15 to 25 us, one takes 10 ms: the median is 15 + 10 * 0.5 / 0.9 = 20.6 us, the mean 1 ms.
    const leads = follow(new SendLead(), 4000, () => (random() < 0.1 ? 10e6 : 15e3 + 10e3 * random()));
    const settled = mean(leads.slice(1000));
    expect(settled).toBeGreaterThan(19.5e3);
    expect(settled).toBeLessThan(21.7e3);
  });

  it('is moved by one step by a probe that was held up, however long that was', () => {
    const lead = new SendLead();
    lead.learn(span(20_000), span(0));
    lead.learn(span(1e9), span(1e9));
    // 5 % of 20 us.
    expect(lead.ns).toBe(21_000);
    const short = new SendLead();
    short.learn(span(500), span(0));
    short.learn(span(1e9), span(1e9));
    expect(short.ns).toBe(600);
    short.learn(span(1), span(-1e9));
    expect(short.ns).toBe(500);
  });

  it('is never below 0', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: -1e6, max: 1e6 })));
    fc.assert(
      fc.property(pairs, (all) => {
        const lead = new SendLead();
        for (const [took, late] of all) {
          lead.learn(span(took), span(late));
          expect(lead.ns).toBeGreaterThanOrEqual(0);
        }
      }),
    );
    const lead = new SendLead();
    lead.learn(span(150), span(0));
    lead.learn(span(150), span(-1));
    lead.learn(span(150), span(-1));
    expect(lead.ns).toBe(0);
  });
});
