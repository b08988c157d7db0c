import {
  Button,
  Collapse,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  Text,
  TextInput,
} from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { TrainOptions } from '../../shared/model-options';
import { api } from '../api';
import { useAppInfo, useCurrentRig, useEpisodes } from '../app/queries';
import { formatCount, formatNumber } from '../ui/format';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';

const DEFAULTS = TrainOptions.parse({});
type NumberKey = {
  [K in keyof TrainOptions]: TrainOptions[K] extends number ? K : never;
}[keyof TrainOptions];

const FIELDS: { key: NumberKey; label: string; whole: boolean; min: number; max?: number; step?: number }[] =
  [
    { key: 'epochs', label: 'Epochs at most', whole: true, min: 1 },
    { key: 'patience', label: 'Patience (epochs)', whole: true, min: 1 },
    { key: 'batchSize', label: 'Batch', whole: true, min: 1, max: 8192, step: 32 },
    { key: 'learningRate', label: 'Learning rate', whole: false, min: 1e-6, max: 1, step: 1e-4 },
    { key: 'weightDecay', label: 'Weight decay', whole: false, min: 0, max: 1, step: 1e-5 },
    { key: 'smoothingSeconds', label: 'Smoothing (s)', whole: false, min: 0, max: 10, step: 0.02 },
    { key: 'holdOut', label: 'Held out (share)', whole: false, min: 0, max: 0.9, step: 0.05 },
    { key: 'seed', label: 'Seed', whole: true, min: 0 },
  ];

/** Trains on all of a rig's episodes unless some are chosen; every option has a default that suits a small rig. */
export function TrainPanel() {
  const episodes = useEpisodes();
  const info = useAppInfo();
  const current = useCurrentRig();
  const usable = (episodes.data ?? []).filter((e) => e.state === 'complete' || e.state === 'interrupted');
  const rigs = [...new Set(usable.map((e) => e.rig))];
  const [chosenRig, setChosenRig] = useState<string | null>(null);
  const rig =
    chosenRig ??
    (current.name !== null && rigs.includes(current.name) ? current.name : (rigs.at(-1) ?? null));
  const [name, setName] = useState('');
  const [which, setWhich] = useState<'all' | 'some'>('all');
  const [ids, setIds] = useState<string[]>([]);
  const [last, setLast] = useState(0);
  const [options, setOptions] = useState<TrainOptions>(DEFAULTS);
  const [more, setMore] = useState(false);

  const mine = usable.filter((e) => e.rig === rig);
  const taken = which === 'all' ? mine : mine.filter((e) => ids.includes(String(e.id)));
  const transitions = taken.reduce((sum, e) => sum + e.steps, 0);
  const train = useMutation({
    mutationFn: () =>
      api().models.train({
        name: name.trim() === '' ? (rig ?? 'model') : name.trim(),
        options,
        last,
        ...(which === 'some' ? { episodes: taken.map((e) => e.id) } : {}),
        ...(rig === null ? {} : { rig }),
      }),
  });
  const changed = FIELDS.filter((f) => options[f.key] !== DEFAULTS[f.key]).length;

  return (
    <Panel title="Train">
      <div className="stack-sm">
        <Select
          label="Rig"
          data={rigs}
          value={rig}
          onChange={setChosenRig}
          placeholder={episodes.data ? 'No episodes yet' : ''}
          data-testid="train-rig"
        />
        <TextInput
          label="Name"
          placeholder={rig ?? 'model'}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
          data-testid="train-name"
        />
        <SegmentedControl
          fullWidth
          value={which}
          onChange={(value) => setWhich(value as typeof which)}
          data={[
            { value: 'all', label: episodes.data ? `All episodes (${mine.length})` : 'All episodes' },
            { value: 'some', label: 'Choose' },
          ]}
        />
        {which === 'some' && (
          <MultiSelect
            size="xs"
            placeholder={ids.length === 0 ? 'Episodes to learn from' : ''}
            searchable
            data={mine.map((e) => ({
              value: String(e.id),
              label: `${e.id} · ${e.source} · ${formatCount(e.steps, 'step')} · return ${formatNumber(e.return, 3)}`,
            }))}
            value={ids}
            onChange={setIds}
            maxDropdownHeight={260}
            aria-label="Episodes to learn from"
          />
        )}
        <Text size="xs" c="dimmed" className="tabular" data-testid="train-transitions">
          {episodes.data
            ? `${formatCount(transitions, 'transition')} from ${formatCount(taken.length, 'episode')}`
            : 'Asking for the episodes …'}
        </Text>
        <Button
          variant="subtle"
          size="compact-xs"
          w="fit-content"
          onClick={() => setMore(!more)}
          aria-expanded={more}
        >
          {more ? 'Fewer options' : 'More options'}
          {changed > 0 ? ` (${changed} changed)` : ''}
        </Button>
        <Collapse expanded={more}>
          <div className="form-grid">
            {FIELDS.map((field) => (
              <NumberInput
                key={field.key}
                label={field.label}
                min={field.min}
                {...(field.max === undefined ? {} : { max: field.max })}
                {...(field.step === undefined ? {} : { step: field.step })}
                allowDecimal={!field.whole}
                value={options[field.key]}
                onChange={(v) =>
                  setOptions({ ...options, [field.key]: typeof v === 'number' ? v : DEFAULTS[field.key] })
                }
                data-testid={`train-${field.key}`}
              />
            ))}
            <NumberInput
              label="Kept for evaluation"
              description="Share at each episode's end"
              inputWrapperOrder={['label', 'input', 'description']}
              min={0}
              max={0.9}
              step={0.05}
              value={last}
              onChange={(v) => setLast(typeof v === 'number' ? v : 0)}
            />
            <Select
              label="Engine"
              data={(info.data?.engines ?? [{ name: DEFAULTS.engine, available: true }]).map((e) => ({
                value: e.name,
                label: e.available ? e.name : `${e.name} (not here)`,
                disabled: !e.available,
              }))}
              value={options.engine}
              onChange={(v) =>
                setOptions({ ...options, engine: (v ?? DEFAULTS.engine) as TrainOptions['engine'] })
              }
            />
          </div>
          <Button
            variant="subtle"
            size="compact-xs"
            mt={6}
            onClick={() => setOptions(DEFAULTS)}
            disabled={changed === 0}
          >
            Back to the defaults
          </Button>
        </Collapse>
        <Button
          fullWidth
          size="sm"
          loading={train.isPending}
          disabled={transitions === 0}
          onClick={() => train.mutate()}
          data-testid="train-start"
        >
          Train
        </Button>
        {episodes.data && transitions === 0 && (
          <Text size="xs" c="dimmed">
            {mine.length === 0 ? 'Record an episode first.' : 'Choose at least one episode.'}
          </Text>
        )}
        {train.error && <Problem error={train.error} />}
      </div>
    </Panel>
  );
}
