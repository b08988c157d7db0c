import { Button, Group, Progress, Stack, Text, TextInput } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { DatasetLook } from '../../../shared/import-dataset';
import { formatCount, formatNumber } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { NumberField } from '../../ui/NumberField';
import { takeFocus } from '../../ui/take-focus';
import { DATASET_ROLES, type DatasetForm, datasetForm, datasetProblem, firstSamples } from './dataset-form';
import { ImportColumns } from './ImportColumns';
import { ImportFoot } from './ImportFoot';
import { RANGES } from './import-form';
import type { Sending } from './sending';
import { type DatasetStep, useDataset } from './use-dataset';

/** A data set becomes episodes: what was recognised, what its columns become, then the import with its remarks. */
export function DatasetImport({
  sending,
  onClose,
  onShow,
}: {
  sending: Sending;
  onClose: () => void;
  onShow: (episode: number) => void;
}) {
  const { step, error, start } = useDataset(sending);
  if (step.kind === 'done') return <Imported step={step} onClose={onClose} onShow={onShow} />;
  const problem = error !== null && <Problem error={error} />;
  if (step.kind === 'choosing' || step.kind === 'reading') {
    return (
      <DatasetFields step={step} onStart={start} onClose={onClose}>
        {problem}
      </DatasetFields>
    );
  }
  return (
    <Stack gap={6}>
      {problem}
      {error === null && (
        <Text size="sm">
          {step.kind === 'sending' ? 'The data set comes to the workspace.' : 'Looking at the data set …'}
        </Text>
      )}
      {error === null && step.kind === 'sending' && (
        <Progress value={100 * step.share} aria-label="How much of it has come" />
      )}
      <Group justify="flex-end" mt="sm">
        <Button variant="default" onClick={onClose} data-testid="import-cancel">
          {error === null ? 'Cancel' : 'Close'}
        </Button>
      </Group>
    </Stack>
  );
}

function DatasetFields({
  step,
  onStart,
  onClose,
  children,
}: {
  step: Extract<DatasetStep, { look: DatasetLook }>;
  onStart: (form: DatasetForm) => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}) {
  const { look } = step;
  const [form, setForm] = useState(() => datasetForm(look));
  const busy = step.kind === 'reading';
  const problem = datasetProblem(form, look);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && problem === null) void onStart(form);
      }}
    >
      <fieldset disabled={busy} className="import-form">
        <Text size="sm" data-testid="import-recognised">
          {recognised(look)}
        </Text>
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Rig's name"
            value={form.rig}
            onChange={(e) => setForm({ ...form, rig: e.currentTarget.value })}
            ref={takeFocus}
            data-autofocus
            data-testid="import-rig"
          />
          {look.rate === null && (
            <NumberField
              label="Rows a second"
              value={form.rate}
              onChange={(rate) => setForm({ ...form, rate })}
              range={RANGES.rate}
              data-testid="import-rate"
            />
          )}
        </Group>
        <ImportColumns
          head={{ rows: firstSamples(look, 2) }}
          columns={form.columns}
          roles={DATASET_ROLES}
          curves={look.columns.map(({ first }) => first)}
          onChange={(columns) => setForm({ ...form, columns })}
        />
        {look.remarks.length > 0 && (
          <div className="import-remarks" data-testid="import-remarks">
            {look.remarks.map((remark) => (
              <Text key={remark} size="xs" c="dimmed">
                {remark}
              </Text>
            ))}
          </div>
        )}
      </fieldset>
      <Stack gap={6} className="import-foot">
        {children}
        {busy && <Progress value={100 * step.share} aria-label="How far the import is" />}
        <ImportFoot {...{ problem, busy, onClose }} />
      </Stack>
    </form>
  );
}

/** "MCAP of Foresight: 5 episodes, 1 000 rows, 50 rows a second." */
export function recognised({ format, episodes, rows, rate, cameras }: DatasetLook): string {
  const parts = [
    episodes === null ? 'how many episodes is known when it has been read' : formatCount(episodes, 'episode'),
    ...(rows === null ? [] : [formatCount(rows, 'row')]),
    rate === null ? 'it does not say its rate' : `${formatNumber(rate, 3)} rows a second`,
  ];
  const names = cameras
    .map(({ name, width, height }) => `${name} (${width}\u00a0×\u00a0${height})`)
    .join(', ');
  return `${format}: ${parts.join(', ')}.${names === '' ? '' : ` With the pictures of ${names}.`}`;
}

function Imported({
  step: {
    report: { episodes, rows, cameras, remarks },
  },
  onClose,
  onShow,
}: {
  step: Extract<DatasetStep, { kind: 'done' }>;
  onClose: () => void;
  onShow: (episode: number) => void;
}) {
  const [first] = episodes;
  return (
    <div data-testid="import-report">
      <Text size="sm" fw={600}>
        {formatCount(episodes.length, 'episode')} with {formatCount(rows, 'row')} imported.
      </Text>
      {cameras.map(({ name, pictures }) => (
        <Text key={name} size="sm">
          {formatCount(pictures, 'picture')} of {name} came along.
        </Text>
      ))}
      {remarks.map((remark) => (
        <Text key={remark} size="sm">
          {remark}
        </Text>
      ))}
      <Group justify="flex-end" mt="sm">
        <Button variant="default" onClick={onClose}>
          Close
        </Button>
        {first !== undefined && (
          <Button onClick={() => onShow(first)} ref={takeFocus} data-testid="import-show">
            Show {episodes.length === 1 ? 'it' : 'the first'}
          </Button>
        )}
      </Group>
    </div>
  );
}
