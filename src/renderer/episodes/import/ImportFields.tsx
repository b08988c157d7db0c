import { Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { ImportHead } from '../../../shared/import';
import { Folded } from '../../ui/Folded';
import { NumberField } from '../../ui/NumberField';
import { takeFocus } from '../../ui/take-focus';
import { ImportColumns } from './ImportColumns';
import { ImportFoot } from './ImportFoot';
import {
  COUNTERS,
  DECIMALS,
  formProblem,
  guessed,
  hasTime,
  type ImportForm,
  RANGES,
  TIME_UNITS,
  withClock,
} from './import-form';

/** What a file is taken for, field by field, beginning with what it looks like. */
export function ImportFields({
  head,
  file,
  busy,
  onStart,
  onClose,
  children,
}: {
  head: ImportHead;
  file: string;
  busy: boolean;
  onStart: (form: ImportForm) => Promise<void>;
  onClose: () => void;
  /** How it goes, beside the buttons. */
  children: ReactNode;
}) {
  const [form, setForm] = useState(() => guessed(head, file));
  const change = (parts: Partial<ImportForm>) => setForm({ ...form, ...parts });
  const changeClock = (parts: Parameters<typeof withClock>[2]) => setForm(withClock(head, form, parts));
  const problem = formProblem(form);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && problem === null) void onStart(form);
      }}
    >
      <fieldset disabled={busy} className="import-form">
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Rig's name"
            value={form.rig}
            onChange={(e) => change({ rig: e.currentTarget.value })}
            ref={takeFocus}
            data-autofocus
            data-testid="import-rig"
          />
          <NumberField
            label="Rows a second"
            value={form.rate}
            onChange={(rate) => change({ rate })}
            range={RANGES.rate}
            data-testid="import-rate"
          />
          {hasTime(form) ? (
            <NativeSelect
              label="Time in"
              data={TIME_UNITS}
              value={form.timeUnit}
              onChange={(e) => changeClock({ timeUnit: e.currentTarget.value as ImportForm['timeUnit'] })}
            />
          ) : (
            <NumberField
              label="Samples a second in the file"
              value={form.sampleRate}
              onChange={(sampleRate) => change({ sampleRate })}
              range={RANGES.sampleRate}
              data-testid="import-sample-rate"
            />
          )}
        </Group>
        <ImportColumns head={head} columns={form.columns} onChange={(columns) => changeClock({ columns })} />
        <Folded title="More" testId="import-more">
          <Group gap="sm" align="flex-start">
            <NumberField
              label="A longer step begins an episode, s"
              placeholder="five rows"
              value={form.gapSeconds}
              onChange={(gapSeconds) => change({ gapSeconds })}
              range={RANGES.gapSeconds}
              data-testid="import-gap"
            />
            <NativeSelect
              label="Time counter"
              data={[...COUNTERS]}
              value={form.counter}
              disabled={!hasTime(form)}
              onChange={(e) => change({ counter: e.currentTarget.value as ImportForm['counter'] })}
            />
            <NativeSelect
              label="Decimal sign"
              data={[...DECIMALS]}
              value={form.decimal}
              onChange={(e) => change({ decimal: e.currentTarget.value as ImportForm['decimal'] })}
            />
          </Group>
        </Folded>
      </fieldset>
      <Stack gap={6} className="import-foot">
        {children}
        <ImportFoot {...{ problem, busy, onClose }} />
      </Stack>
    </form>
  );
}
