import { describe, expect, test } from 'vitest';
import { latePlans, type Slowness } from '../../../src/renderer/run/late';

const QUICK: Slowness = { budget: 'auto', minimumMs: 0, training: false };
/** Rows by a word: L came late, . in time. */
const rows = (word: string) => [...word].map((letter) => ({ missed: letter === 'L' }));
const judged = (word: string, median = 8, slow = QUICK) =>
  latePlans({ rows: rows(word), median, periodMs: 20, most: 10, slow });

describe('late plans are the problem', () => {
  test('when several come late in a row, with how many the rig bears', () => {
    expect(judged('......LLL')?.reason).toBe('3 plans in a row came late; after 10 the rig holds.');
  });

  test('when many of the last hundred came late, though never in a row', () => {
    expect(judged('L....'.repeat(20))?.reason).toBe('20 of the last 100 plans came late.');
  });

  test('when a plan takes longer than the period, though each comes when it was promised', () => {
    expect(judged('.....', 45)?.reason).toMatch(
      /45 ms, longer than the control period of 20 ms: .*3 steps before/,
    );
  });

  test('and not when one is late now and then, or before there is anything', () => {
    expect(judged('.....L.....L........................')).toBeNull();
    expect(judged('.......L')).toBeNull();
    expect(judged('')).toBeNull();
  });
});

describe('the advice', () => {
  const advice = (slow: Partial<Slowness>) => judged('LLLL', 8, { ...QUICK, ...slow })?.advice ?? [];

  test('begins with what surely is the cause', () => {
    expect(advice({ minimumMs: 120 })[0]).toContain('set “Takes at least” to 0');
    expect(advice({ training: true })[0]).toContain('cancel it');
    expect(advice({ budget: 'fixed' })[0]).toContain('Make the budget automatic');
  });

  test('does not ask for what is so already', () => {
    const words = advice({ budget: 'auto', minimumMs: 5 }).join(' ');
    expect(words).not.toContain('automatic');
    expect(words).not.toContain('Takes at least');
    expect(words).toContain('fewer steps ahead');
  });
});
