import { Button, Group, Modal, NativeSelect, Progress, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { ImportHead, ImportReport } from '../../../shared/import';
import { formatCount } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { NumberField } from '../../ui/NumberField';
import { ImportColumns } from './ImportColumns';
import { formProblem, guessed, hasTime, type ImportForm } from './import-form';
import { useImport } from './use-import';

/** A file becomes episodes: what its columns are, then the import with its remarks. Closing it stops and takes everything back. */
export function ImportDialog({
  file,
  onClose,
  onShow,
}: {
  file: File;
  onClose: () => void;
  onShow: (episode: number) => void;
}) {
  const { step, error, start } = useImport(file);
  const busy = step.kind === 'sending' || step.kind === 'reading';
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Import ${file.name}`}
      size="xl"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="sm" data-testid="import-dialog">
        {error !== null && <Problem error={error} />}
        {step.kind === 'looking' && error === null && <Text size="sm">Looking at the file …</Text>}
        {busy && (
          <>
            <Text size="sm">
              {step.kind === 'sending' ? 'The file comes to the workspace.' : 'The file is being read.'}
            </Text>
            <Progress value={100 * step.share} aria-label="How far the import is" />
          </>
        )}
        {step.kind === 'done' && <Imported report={step.report} onShow={onShow} />}
        {'head' in step ? (
          <Form head={step.head} file={file.name} busy={busy} onStart={start} onClose={onClose} />
        ) : (
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Close
            </Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}

function Form({
  head,
  file,
  busy,
  onStart,
  onClose,
}: {
  head: ImportHead;
  file: string;
  busy: boolean;
  onStart: (form: ImportForm) => Promise<void>;
  onClose: () => void;
}) {
  const [form, setForm] = useState(() => guessed(head, file));
  const change = (parts: Partial<ImportForm>) => setForm({ ...form, ...parts });
  const problem = formProblem(form);
  return (
    <>
      <fieldset disabled={busy} className="import-form">
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Rig"
            value={form.rig}
            onChange={(e) => change({ rig: e.currentTarget.value })}
            data-testid="import-rig"
          />
          <NumberField
            label="Rows a second"
            value={form.rate}
            onChange={(rate) => change({ rate })}
            range={{ min: 0.001, max: 1e5 }}
            data-testid="import-rate"
          />
          {hasTime(form) ? (
            <NativeSelect
              label="Time in"
              data={['s', 'ms', 'us', 'ns']}
              value={form.timeUnit}
              onChange={(e) => change({ timeUnit: e.currentTarget.value as ImportForm['timeUnit'] })}
            />
          ) : (
            <NumberField
              label="Samples a second in the file"
              value={form.sampleRate}
              onChange={(sampleRate) => change({ sampleRate })}
              range={{ min: 1e-6, max: 1e9 }}
            />
          )}
          <NativeSelect
            label="Before the fraction"
            data={['found out', 'dot', 'comma']}
            value={form.decimal}
            onChange={(e) => change({ decimal: e.currentTarget.value as ImportForm['decimal'] })}
          />
        </Group>
        <ImportColumns head={head} columns={form.columns} onChange={(columns) => change({ columns })} />
      </fieldset>
      <Group justify="flex-end">
        {problem && (
          <Text size="xs" mr="auto" data-testid="import-problem">
            {problem}
          </Text>
        )}
        <Button variant="default" onClick={onClose} data-testid="import-cancel">
          Cancel
        </Button>
        <Button
          disabled={busy || problem !== null}
          onClick={() => void onStart(form)}
          data-testid="import-start"
        >
          Import
        </Button>
      </Group>
    </>
  );
}

/** What came of it, with what was made up or is not known. */
function Imported({ report, onShow }: { report: ImportReport; onShow: (episode: number) => void }) {
  const { episodes, rows, gaps, samples, samplesLeftOut, remarks } = report;
  const [first] = episodes;
  return (
    <div data-testid="import-report">
      <Text size="sm" fw={600}>
        {formatCount(episodes.length, 'episode')} with {formatCount(rows, 'row')} came of{' '}
        {formatCount(samples, 'sample')}.
      </Text>
      {gaps > 0 && <Text size="sm">{formatCount(gaps, 'gap')} began a new episode.</Text>}
      {samplesLeftOut > 0 && (
        <Text size="sm">
          {formatCount(samplesLeftOut, 'sample')} in pieces shorter than a period left out.
        </Text>
      )}
      {remarks.map((remark) => (
        <Text key={remark} size="sm">
          {remark}
        </Text>
      ))}
      {first !== undefined && (
        <Button mt="sm" onClick={() => onShow(first)} data-testid="import-show">
          Show {episodes.length === 1 ? 'it' : 'the first'}
        </Button>
      )}
    </div>
  );
}
