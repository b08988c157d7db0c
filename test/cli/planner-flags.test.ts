import { Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { addPlannerOptions, plannerOptions } from '../../src/main/cli/options';
import { optionFields } from '../../src/shared/option-fields';
import { AdaptOptions, PLANNER_OPTIONS, PlannerOptions, PropagationOptions } from '../../src/shared/plan';

function parse(...args: string[]) {
  const command = addPlannerOptions(new Command('run'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return plannerOptions(command.parse(args, { from: 'user' }).opts());
}

describe('flags of a run', () => {
  test('leave everything at its default when none is given', () => {
    expect(parse()).toEqual({
      dynamics: 'model',
      planner: PlannerOptions.parse({ method: 'mppi' }),
      propagation: PropagationOptions.parse({}),
      adapt: AdaptOptions.parse({}),
    });
  });

  test.each(PLANNER_OPTIONS.map((schema) => [schema.shape.method.value, schema] as const))(
    'there is one for every option of %s, and what it is given arrives',
    (method, schema) => {
      for (const field of optionFields(schema)) {
        const number = Math.max(field.min ?? 0, Number(field.default));
        const value = { choice: field.choices?.at(-1), boolean: true, integer: number, number, text: 'some' }[
          field.kind
        ];
        const dashed = field.key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        const said = field.kind === 'boolean' ? [] : [String(value)];
        expect(parse('--planner', method, `--${dashed}`, ...said).planner).toMatchObject({
          method,
          [field.key]: value,
        });
      }
    },
  );

  test('of uncertainty, adaptation and the oracle arrive where they belong', () => {
    const options = parse(
      ...['--dynamics', 'simulator', '--objective', 'cvar', '--risk', '0.1', '--limit-penalty', '3'],
      ...['--sample-noise', '--retrain', 'running', '--every-steps', '50', '--on-change', 'retrain'],
    );
    expect(options).toMatchObject({
      dynamics: 'simulator',
      propagation: { objective: 'cvar', risk: 0.1, limitPenalty: 3, sampleNoise: true },
      adapt: { retrain: 'running', everySteps: 50, onChange: 'retrain' },
    });
  });

  test('of another planner are wrong use, because they would change nothing', () => {
    expect(() => parse('--planner', 'cem', '--temperature', '0.2')).toThrow(
      expect.objectContaining({
        code: 'wrong-use',
        message: expect.stringMatching(/"cem" has no option "temperature"/),
      }),
    );
  });

  test('that mean a number for one planner and a choice for another are checked for the chosen one', () => {
    expect(parse('--noise', '0.3').planner).toMatchObject({ noise: 0.3 });
    expect(parse('--planner', 'ilqr', '--noise', 'model').planner).toMatchObject({ noise: 'model' });
    expect(() => parse('--noise', 'model')).toThrow(expect.objectContaining({ code: 'wrong-use' }));
    expect(() => parse('--planner', 'ilqr', '--noise', '0.3')).toThrow(
      expect.objectContaining({ code: 'wrong-use' }),
    );
  });

  test('outside their range or of an unknown planner are refused', () => {
    for (const args of [
      ['--horizon', '0'],
      ['--horizon', '7.5'],
      ['--pessimism', '-1'],
      ['--budget', 'huge'],
      ['--planner', 'psychic'],
    ]) {
      expect(() => parse(...args)).toThrow(CommanderError);
    }
  });
});
