import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CLASS_OPTIONS,
  ClassOptions,
  EnsembleOptions,
  LOSS_OPTIONS,
  TrainFields,
  TrainOptions,
} from '../../src/shared/model-options';
import { optionFields, optionTitle } from '../../src/shared/option-fields';

describe('the fields of an options schema', () => {
  it('are its numbers, choices and switches with title, range and default', () => {
    const schema = z.strictObject({
      name: z.literal('x'),
      count: z.number().int().min(1).max(9).default(3).meta({ title: 'Count', description: 'How many.' }),
      rate: z.number().positive().default(0.5),
      free: z.number().int().default(0),
      kind: z.enum(['a', 'b']).default('b'),
      on: z.boolean().default(true),
      camera: z.string().default(''),
      nested: z.object({}).prefault({}),
    });
    expect(optionFields(schema)).toEqual([
      { key: 'count', title: 'Count', description: 'How many.', kind: 'integer', default: 3, min: 1, max: 9 },
      { key: 'rate', title: 'rate', description: '', kind: 'number', default: 0.5, min: 1e-6 },
      { key: 'free', title: 'free', description: '', kind: 'integer', default: 0 },
      { key: 'kind', title: 'kind', description: '', kind: 'choice', default: 'b', choices: ['a', 'b'] },
      { key: 'on', title: 'on', description: '', kind: 'boolean', default: true },
      { key: 'camera', title: 'camera', description: '', kind: 'text', default: '' },
    ]);
  });

  it.each([TrainFields, ...CLASS_OPTIONS, ...LOSS_OPTIONS].map((schema, i) => [i, schema] as const))(
    'all have a title, a sentence and a default that the schema accepts (%i)',
    (_, schema) => {
      for (const field of optionFields(schema)) {
        expect(field.title, field.key).not.toBe(field.key);
        expect(field.description, field.key).toMatch(/\.$/);
        expect(field.default, field.key).toBeDefined();
        const values = { name: 'name' in schema.shape ? schema.shape.name.value : undefined };
        const given = JSON.parse(JSON.stringify({ ...values, [field.key]: field.default })) as object;
        expect(schema.safeParse(given).success, field.key).toBe(true);
      }
    },
  );

  it('every class and loss says what it is', () => {
    for (const schema of [...CLASS_OPTIONS, ...LOSS_OPTIONS]) {
      const { title, description } = optionTitle(schema);
      expect(title).not.toBe('');
      expect(description).not.toBe('');
    }
  });
});

describe('options of a training', () => {
  it('are complete from nothing: an ensemble, one step', () => {
    const options = TrainOptions.parse({});
    expect(options.class).toEqual(EnsembleOptions.parse({ name: 'ensemble' }));
    expect(options.loss).toEqual({ name: 'one-step' });
  });

  it('as version 0.1 wrote them mean the same ensemble', () => {
    expect(TrainOptions.parse({ members: 3, hiddenUnits: 64, batchSize: 32 })).toEqual(
      TrainOptions.parse({ class: { name: 'ensemble', members: 3, hiddenUnits: 64 }, batchSize: 32 }),
    );
  });

  it('refuse what a class does not have', () => {
    const { error } = ClassOptions.safeParse({ name: 'deterministic', members: 3 });
    expect(error?.issues[0]?.message).toContain('members');
  });
});
