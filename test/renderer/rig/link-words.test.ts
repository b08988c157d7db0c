import { describe, expect, it } from 'vitest';
import { lineWords, linkWords } from '../../../src/renderer/rig/link-words';

const jitter = { p50: 0.1, p99: 0.4, max: 2, ticks: 500 };
const at50Hz = { overruns: 0, periodSeconds: 0.02 };

describe('the link in words', () => {
  it('is good where nothing was lost and ticks come in time', () => {
    expect(linkWords({ jitter, counters: { frames_received: 900, crc_errors: 0 } }, at50Hz)).toEqual({
      tone: 'good',
      title: 'Link good',
      reason: 'Nothing lost; 99 of 100 ticks within 0.40 ms.',
    });
  });

  it('names what was lost, also where ticks are in time', () => {
    const words = linkWords({ jitter, counters: { crc_errors: 3, frames_received: 900 } }, at50Hz);
    expect(words).toMatchObject({ tone: 'bad', title: 'Link loses data' });
    expect(words.reason).toMatch(/^crc errors 3\. Check cable/);
  });

  it('counts motors that were asked and did not answer as a loss, and a period that a driver was late as none', () => {
    const words = linkWords({ jitter, counters: { unanswered: 2, late: 5 } }, at50Hz);
    expect(words.reason).toMatch(/^unanswered 2\. Check cable/);
    expect(linkWords({ jitter, counters: { unanswered: 0, late: 5 } }, at50Hz).tone).toBe('good');
  });

  it('takes a few answers of many that were lost and asked for again for what they are', () => {
    const few = linkWords({ jitter, counters: { unanswered: 3, answers: 900, answeredLate: 40 } }, at50Hz);
    expect(few).toMatchObject({ tone: 'good', title: 'Link good' });
    expect(few.reason).toMatch(/^3 of 903 answers lost and asked for again; /);
    const many = linkWords({ jitter, counters: { unanswered: 30, answers: 900 } }, at50Hz);
    expect(many.reason).toMatch(/^unanswered 30\. Check cable/);
  });

  it('says that ticks come late after an overrun, or where they take a quarter of the period', () => {
    const overrun = linkWords({ jitter, counters: {} }, { ...at50Hz, overruns: 2 });
    expect(overrun).toMatchObject({ tone: 'bad', title: 'Ticks come late' });
    expect(overrun.reason).toMatch(/^2 control periods overran/);
    const late = { ...jitter, p99: 6 };
    expect(linkWords({ jitter: late, counters: {} }, at50Hz).tone).toBe('bad');
    expect(linkWords({ jitter: late, counters: {} }, { ...at50Hz, periodSeconds: 0.05 }).tone).toBe('good');
  });

  it('is not judged before a tick was measured', () => {
    expect(linkWords({ jitter: null, counters: {} }, at50Hz).tone).toBe('unknown');
  });
});

describe('the line to motors in words', () => {
  it('says how long an answer takes, and what the adapter adds', () => {
    const roundTrip = { p50Ms: 16.04, maxMs: 18, answers: 64 };
    expect(lineWords({ roundTrip, adapter: null })).toBe(
      'An answer takes 16.0 ms, at most 18.0 ms of the last 64.',
    );
    expect(lineWords({ roundTrip: null, adapter: 'It collects bytes.' })).toBe(
      'Nothing has been answered yet. It collects bytes.',
    );
  });
});
