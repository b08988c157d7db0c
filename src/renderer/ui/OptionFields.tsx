import { Select, Switch, TextInput, Tooltip } from '@mantine/core';
import type { OptionField } from '../../shared/option-fields';
import { NumberField } from './NumberField';
import { numberProblem, rangeWords } from './number-problem';

export type OptionValues = Record<string, unknown>;
/** What choices are called, by field; the choice itself where nothing is said. */
export type ChoiceLabels = Record<string, Record<string, string>>;

/**
 * Inputs for options as their schema describes them (shared/option-fields.ts): a number, a choice or a switch each, with
 * what it means on hover. A number out of range is refused at its field and kept as it was typed; `optionProblem` tells.
 */
export function OptionFields({
  fields,
  values,
  onChange,
  testId,
  disabledChoices = {},
  labels = {},
  wide = [],
}: {
  fields: readonly OptionField[];
  values: OptionValues;
  onChange(key: string, value: number | boolean | string): void;
  /** Each input is found by `<testId>-<key>`. */
  testId: string;
  /** Choices that are not possible here, by field: choice → what to show beside it. */
  disabledChoices?: Record<string, Record<string, string>>;
  labels?: ChoiceLabels;
  /** Fields that take a row of their own in a narrow form. */
  wide?: readonly string[];
}) {
  return (
    <div className="form-grid">
      {fields.map((field) => (
        <Tooltip key={field.key} label={field.description} multiline maw={280} openDelay={500} withArrow>
          <div {...(wide.includes(field.key) ? { className: 'form-wide' } : {})}>
            <OptionInput
              field={field}
              value={values[field.key] ?? field.default}
              onChange={(value) => onChange(field.key, value)}
              testId={`${testId}-${field.key}`}
              disabled={disabledChoices[field.key] ?? {}}
              labels={labels[field.key] ?? {}}
            />
          </div>
        </Tooltip>
      ))}
    </div>
  );
}

function OptionInput({
  field,
  value,
  onChange,
  testId,
  disabled,
  labels,
}: {
  field: OptionField;
  value: unknown;
  onChange(value: number | boolean | string): void;
  testId: string;
  disabled: Record<string, string>;
  labels: Record<string, string>;
}) {
  switch (field.kind) {
    case 'boolean':
      return (
        <Switch
          label={field.title}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
          className="form-switch"
          data-testid={testId}
        />
      );
    case 'choice':
      return (
        <Select
          label={field.title}
          data={(field.choices ?? []).map((choice) => ({
            value: choice,
            label:
              choice in disabled
                ? `${labels[choice] ?? choice} (${disabled[choice]})`
                : (labels[choice] ?? choice),
            disabled: choice in disabled,
          }))}
          value={String(value)}
          onChange={(chosen) => onChange(chosen ?? String(field.default))}
          data-testid={testId}
        />
      );
    case 'text':
      return (
        <TextInput
          label={field.title}
          value={String(value ?? '')}
          onChange={(event) => onChange(event.currentTarget.value)}
          data-testid={testId}
        />
      );
    default:
      return (
        <NumberField
          label={field.title}
          range={rangeOf(field)}
          step={stepOf(field)}
          value={value === null ? Number.NaN : Number(value)}
          onChange={onChange}
          data-testid={testId}
        />
      );
  }
}

export const rangeOf = ({ min, max, kind }: OptionField) => ({ min, max, whole: kind === 'integer' });

/** The first option that is out of its range, as a sentence for beside the button that would use it; null where none is. */
export function optionProblem(fields: readonly OptionField[], values: OptionValues): string | null {
  for (const field of fields) {
    if (field.kind !== 'integer' && field.kind !== 'number') continue;
    const value = field.key in values ? values[field.key] : field.default;
    const entered = typeof value === 'number' ? value : Number.NaN;
    if (value === undefined || numberProblem(entered, rangeOf(field)) === null) continue;
    return `${field.title} must be ${rangeWords(rangeOf(field))}.`;
  }
  return null;
}

/** What one press of an arrow changes: about a tenth of the default, a round number. */
export function stepOf({ kind, default: usual }: Pick<OptionField, 'kind' | 'default'>): number {
  const size = Math.abs(Number(usual ?? 0));
  if (size === 0) return kind === 'integer' ? 1 : 0.01;
  const step = 10 ** Math.floor(Math.log10(size / 5));
  return kind === 'integer' ? Math.max(1, step) : step;
}
