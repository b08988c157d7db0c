import { Text, Textarea } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { api, useLink } from '../api';
import { markFormula } from './formula-mark';
import { Problem } from './Messages';

type FormulaKind = 'reward' | 'termination';

/** The core's word on a formula as it stands, when typing has rested; fields of the same formula share it. */
export function useFormulaCheck(rig: string, kind: FormulaKind, value: string) {
  const [settled] = useDebouncedValue(value, 200);
  const open = useLink((s) => s.state === 'open');
  const blank = settled.trim() === '';
  const check = useQuery({
    queryKey: ['formula', rig, kind, settled],
    queryFn: () => api().task.check({ rig, kind, formula: settled }),
    enabled: open && !(blank && kind === 'termination'),
  });
  return { result: settled === value ? check.data : undefined, error: check.error };
}

/** A reward or termination formula, checked by the core while it is typed; an error is marked where it is. */
export function FormulaField({
  rig,
  kind,
  label,
  value,
  onChange,
  hint,
}: {
  rig: string;
  kind: FormulaKind;
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint: string;
}) {
  const { result, error } = useFormulaCheck(rig, kind, value);
  const wrong = result !== undefined && !result.ok;
  return (
    <div>
      <Textarea
        label={label}
        autosize
        minRows={1}
        maxRows={5}
        spellCheck={false}
        value={value}
        onChange={(e) => onChange(e.currentTarget.value)}
        error={wrong}
        classNames={{ input: 'formula' }}
        data-testid={`formula-${kind}`}
      />
      {wrong && result ? (
        <div data-testid={`formula-${kind}-problem`} className="formula-problem">
          <code>
            {markFormula(value, result.from, result.to).map((part) =>
              part.marked ? <mark key={part.at}>{part.text}</mark> : <span key={part.at}>{part.text}</span>,
            )}
          </code>
          <Text size="xs">{result.problem}</Text>
        </div>
      ) : (
        <Text size="xs" c="dimmed" mt={2} data-testid={`formula-${kind}-hint`}>
          {hint}
        </Text>
      )}
      {error && <Problem error={error} />}
    </div>
  );
}
