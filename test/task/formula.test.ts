import { describe, expect, it } from 'vitest';
import { checkFormula, compileNumbers, compileTask } from '../../src/main/task';
import { ForesightError } from '../../src/shared/errors';

const channels = {
  observations: [{ name: 'cart_position' }, { name: 'pole_angle' }, { name: 'pole_velocity' }],
  actions: [{ name: 'force' }],
};
const value = (formula: string, before = [0, 0, 0], action = [0], after = [0, 0, 0]) =>
  compileNumbers(formula, channels)(before, action, after);

describe('a formula', () => {
  it('takes a bare name after the step, before(name) before it, and an action in between', () => {
    expect(value('pole_angle', [1, 2, 3], [4], [5, 6, 7])).toBe(6);
    expect(value('before(pole_angle)', [1, 2, 3], [4], [5, 6, 7])).toBe(2);
    expect(value('force', [1, 2, 3], [4], [5, 6, 7])).toBe(4);
    expect(value('(pole_angle - before(pole_angle)) / 0.02', [0, 1, 0], [0], [0, 1.5, 0])).toBe(25);
  });

  it.each([
    ['-2^2', -4],
    ['2^3^2', 512],
    ['1 + 2 * 3 - 4 / 2', 5],
    ['1 < 2', 1],
    ['2 <= 1', 0],
    ['1 < 2 < 3', 1],
    ['3 > 2 > 2', 0],
    ['1 == 1 != 0', 1],
    ['not 0 and 1 or 0', 1],
    ['not (1 or 0)', 0],
    ['2 > 1 ? 10 : 20', 10],
    ['0 ? 1 : 0 ? 2 : 3', 3],
    ['true + true', 2],
    ['min(3, 1, 2) + max(3, 1, 2)', 4],
    ['sign(-3) + square(3) + abs(-1)', 9],
    ['log(e) + cos(pi) + 1e0', 1],
    ['1 +\n 2 \t* 3', 7],
    ['.5 + 5.', 5.5],
  ])('%s is %d', (formula, expected) => {
    expect(value(formula)).toBeCloseTo(expected, 12);
  });

  it('wraps an angle to [-π, π)', () => {
    expect(value('wrap(pi)')).toBeCloseTo(-Math.PI, 12);
    expect(value('wrap(-pi)')).toBeCloseTo(-Math.PI, 12);
    expect(value('wrap(7)')).toBeCloseTo(7 - 2 * Math.PI, 12);
    expect(value('wrap(-20)')).toBeCloseTo(-20 + 6 * Math.PI, 12);
  });

  it('lets a channel be called like a constant', () => {
    const formula = compileNumbers('e + pi', { observations: [{ name: 'e' }], actions: [] });
    expect(formula([0], [], [10])).toBeCloseTo(10 + Math.PI);
  });
});

describe('a wrong formula', () => {
  it('names an unknown channel, its place, what there is and what was probably meant', () => {
    const check = checkFormula('cos(pole_angel) - force^2', channels, 'reward');
    expect(check).toMatchObject({ ok: false, from: 4, to: 14 });
    expect(check.problem).toBe(
      'The formula has a problem at characters 5–14: unknown channel pole_angel; this rig has cart_position, ' +
        'pole_angle, pole_velocity, force; did you mean pole_angle?',
    );
  });

  it.each([
    ['', null, null, /empty/],
    ['   ', null, null, /empty/],
    ['1 +', 3, 3, /character 4.*unexpected end/],
    ['(1', 2, 2, /parenthesis \) expected/],
    ['1 + * 2', 4, 5, /character 5: value expected/],
    ['2 force', 0, 7, /operator is missing between "2" and "force"/],
    ['(1)(2)', 2, 4, /operator is missing/],
    ['force = 1', 6, 7, /"=" has no meaning.*"=="/],
    ['force && 1', 6, 7, /"&" has no meaning.*"and"/],
    ['!force', 0, 1, /"!" has no meaning.*"not"/],
    ['[1, 2]', 0, 1, /round brackets/],
    ['"x"', 0, 1, /no meaning/],
    ['5 mod 2', 2, 5, /"mod" is not available/],
    ['1 : 3', 0, 5, /needs a condition/],
    ['1 ? 2', 5, 5, /false part/],
    ['sinn(1)', 0, 4, /unknown function sinn.*did you mean sin\?/],
    ['constructor(1)', 0, 11, /unknown function constructor/],
    ['toString', 0, 8, /unknown channel toString/],
    ['sin', 0, 3, /needs brackets/],
    ['sin(1, 2)', 0, 3, /takes one value and has 2/],
    ['min(1)', 0, 3, /two values or more/],
    ['sin()', 0, 3, /has 0/],
    ['before(force)', 7, 12, /force is an action/],
    ['before(pole)', 7, 11, /unknown channel pole/],
    ['before(1)', 0, 6, /name of one observation/],
    ['force(2)', 0, 5, /unknown function force/],
    ['NaN', 0, 3, /not a number a formula can use/],
    ['a.b', 1, 2, /"\." has no meaning/],
    ['sin(pole_angle) + cos(pole_angle) + tan(pole_angl)', 40, 49, /unknown channel pole_angl;/],
  ])('%j says where and what', (formula, from, to, sentence) => {
    const check = checkFormula(formula, channels, 'reward');
    expect(check.problem).toMatch(sentence);
    expect([check.from, check.to]).toEqual([from, to]);
  });

  it('is refused when it is too long, too deep or too large instead of exhausting the stack', () => {
    expect(checkFormula(`1${' + 1'.repeat(2000)}`, channels, 'reward').problem).toMatch(/4000 is the limit/);
    expect(checkFormula('('.repeat(150), channels, 'reward').problem).toMatch(/nested deeper than 100/);
    expect(checkFormula(`1${'+1'.repeat(1500)}`, channels, 'reward').problem).toMatch(/more than 1000 parts/);
    expect(checkFormula(`1${'^1'.repeat(1900)}`, channels, 'reward').ok).toBe(false);
    expect(checkFormula(`${'-'.repeat(3900)}1`, channels, 'reward').ok).toBe(false);
    expect(checkFormula(`1${' + 1'.repeat(300)}`, channels, 'reward').ok).toBe(true);
  });

  it('must be a truth value to end an episode', () => {
    expect(checkFormula('abs(cart_position) - 2.4', channels, 'termination').problem).toMatch(
      /must be true or false/,
    );
    for (const formula of ['', 'abs(cart_position) > 2.4 or pole_angle > 1', 'not force', 'false']) {
      expect(checkFormula(formula, channels, 'termination').ok).toBe(true);
    }
  });
});

describe('a task', () => {
  const task = { name: 'balance', reward: '1 - pole_angle^2', termination: '', maxSteps: 200 };

  it('compiles to a reward and a termination', () => {
    const compiled = compileTask({ ...task, termination: 'abs(pole_angle) > 0.2' }, channels);
    expect(compiled.reward([0, 0, 0], [0], [0, 0.5, 0])).toBe(0.75);
    expect(compiled.terminated([0, 0, 0], [0], [0, 0.5, 0])).toBe(true);
    expect(compiled.terminated([0, 0.5, 0], [0], [0, 0, 0])).toBe(false);
  });

  it('without a termination never ends', () => {
    expect(compileTask(task, channels).terminated([0, 0, 0], [0], [9, 9, 9])).toBe(false);
  });

  it('says which of its formulas is wrong', () => {
    const wrong = () => compileTask({ ...task, termination: 'angle > 1' }, channels);
    expect(wrong).toThrow(ForesightError);
    expect(wrong).toThrow(/^The termination of task "balance" has a problem at characters 1–5/);
  });
});
