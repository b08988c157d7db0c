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
import { type ReactNode, useState } from 'react';
import {
  CLASS_OPTIONS,
  ClassOptions,
  LOSS_OPTIONS,
  LossOptions,
  TrainFields,
  TrainOptions,
} from '../../shared/model-options';
import { optionFields, optionTitle } from '../../shared/option-fields';
import { api } from '../api';
import { useAppInfo, useCurrentRig, useEpisodes, useModels } from '../store/queries';
import { formatCount, formatNumber } from '../ui/format';
import { Problem } from '../ui/Messages';
import { OptionFields } from '../ui/OptionFields';
import { Panel } from '../ui/Panel';

const DEFAULTS = TrainOptions.parse({});
const COMMON_FIELDS = optionFields(TrainFields);
/** Name, title and fields of every class and of every loss, in the order they are offered. */
const kinds = <S extends (typeof CLASS_OPTIONS)[number] | (typeof LOSS_OPTIONS)[number]>(
  schemas: readonly S[],
) =>
  schemas.map((schema) => ({
    name: schema.shape.name.value as string,
    ...optionTitle(schema),
    fields: optionFields(schema),
  }));
const CLASSES = kinds(CLASS_OPTIONS);
const LOSSES = kinds(LOSS_OPTIONS);

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
  const [from, setFrom] = useState<string | null>(null);
  const models = useModels();

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
        ...(from === null ? {} : { from }),
      }),
  });
  const ancestors = (models.data ?? []).filter((m) => m.rig === rig);
  const chosenClass = CLASSES.find(({ name }) => name === options.class.name);
  const chosenLoss = LOSSES.find(({ name }) => name === options.loss.name);
  const changed = changedCount(options);
  const unavailable = Object.fromEntries(
    (info.data?.engines ?? []).filter((e) => !e.available).map((e) => [e.name, 'not here']),
  );

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
        <Select
          label="Model class"
          description={chosenClass?.description}
          inputWrapperOrder={['label', 'input', 'description']}
          data={CLASSES.map(({ name, title }) => ({ value: name, label: title }))}
          value={options.class.name}
          allowDeselect={false}
          onChange={(name) => setOptions({ ...options, class: ClassOptions.parse({ name }) })}
          data-testid="train-class"
        />
        <Select
          label="Loss"
          description={chosenLoss?.description}
          inputWrapperOrder={['label', 'input', 'description']}
          data={LOSSES.map(({ name, title }) => ({ value: name, label: title }))}
          value={options.loss.name}
          allowDeselect={false}
          onChange={(name) => setOptions({ ...options, loss: LossOptions.parse({ name }) })}
          data-testid="train-loss"
        />
        {ancestors.length > 0 && (
          <Select
            label="Begin with"
            placeholder="Fresh weights"
            clearable
            data={ancestors.map((m) => ({ value: m.hash, label: `${m.name} (${m.hash.slice(0, 6)})` }))}
            value={from}
            onChange={(hash) => {
              setFrom(hash);
              const ancestor = ancestors.find((m) => m.hash === hash);
              // Going on needs the same class, network and loss.
              if (ancestor) setOptions(ancestor.options);
            }}
            data-testid="train-from"
          />
        )}
        <Button
          variant="subtle"
          size="compact-xs"
          w="fit-content"
          onClick={() => setMore(!more)}
          aria-expanded={more}
          data-testid="train-more"
        >
          {more ? 'Fewer options' : 'More options'}
          {changed > 0 ? ` (${changed} changed)` : ''}
        </Button>
        <Collapse expanded={more}>
          <div className="stack-sm">
            <OptionGroup title={chosenClass?.title ?? ''}>
              <OptionFields
                fields={chosenClass?.fields ?? []}
                values={options.class}
                onChange={(key, value) =>
                  setOptions({ ...options, class: { ...options.class, [key]: value } as ClassOptions })
                }
                testId="train"
              />
            </OptionGroup>
            {chosenLoss && chosenLoss.fields.length > 0 && (
              <OptionGroup title={`Loss: ${chosenLoss.title}`}>
                <OptionFields
                  fields={chosenLoss.fields}
                  values={options.loss}
                  onChange={(key, value) =>
                    setOptions({ ...options, loss: { ...options.loss, [key]: value } as LossOptions })
                  }
                  testId="train-loss"
                />
              </OptionGroup>
            )}
            <OptionGroup title="Data and training">
              <OptionFields
                fields={COMMON_FIELDS}
                values={options}
                onChange={(key, value) => setOptions({ ...options, [key]: value })}
                testId="train"
                disabledChoices={{ engine: unavailable }}
              />
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
            </OptionGroup>
            <Button
              variant="subtle"
              size="compact-xs"
              w="fit-content"
              onClick={() => setOptions(DEFAULTS)}
              disabled={changed === 0}
            >
              Back to the defaults
            </Button>
          </div>
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

function OptionGroup({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="stack-sm">
      <Text size="xs" fw={600}>
        {title}
      </Text>
      {children}
    </section>
  );
}

/** Options that differ from the defaults of the chosen class and loss, those two choices included. */
function changedCount(options: TrainOptions): number {
  const differing = (values: object, defaults: object) =>
    Object.entries(values).filter(
      ([key, value]) => typeof value !== 'object' && value !== (defaults as Record<string, unknown>)[key],
    ).length;
  const { class: model, loss } = options;
  return (
    differing(options, DEFAULTS) +
    (model.name === DEFAULTS.class.name ? 0 : 1) +
    (loss.name === DEFAULTS.loss.name ? 0 : 1) +
    differing(model, ClassOptions.parse({ name: model.name })) +
    differing(loss, LossOptions.parse({ name: loss.name }))
  );
}
