import { Button, Collapse, SegmentedControl, Select, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '../../api';
import { useCurrentRig, useEpisodes, useModels, useRigs } from '../../store/queries';
import { Problem } from '../../ui/Messages';
import { NumberField } from '../../ui/NumberField';
import { OptionFields } from '../../ui/OptionFields';
import { Panel } from '../../ui/Panel';
import {
  type Learning,
  learnInput,
  learningOf,
  OFFERED,
  SEED_RANGE,
  useLearnForm,
  type Where,
} from './learn-form';

/** Learns a policy: in the simulation of a rig, or from what was recorded; every option has a default. */
export function LearnPanel() {
  const form = useLearnForm();
  const rigs = useRigs().data?.filter(({ problem }) => problem === null) ?? [];
  const episodes = useEpisodes().data ?? [];
  const learning = learningOf(form, {
    rigs: rigs.map(({ name }) => name),
    models: useModels().data ?? [],
    current: useCurrentRig().name,
    recorded: new Set(episodes.map(({ rig }) => rig)),
  });
  const learn = useMutation({ mutationFn: () => api().policies.train(learnInput(form, learning)) });
  const { algorithm, where } = learning;
  return (
    <Panel title="Learn a policy">
      <div className="stack-sm">
        <Select
          label="Rig"
          data={rigs.map(({ name, title }) => ({ value: name, label: title }))}
          value={learning.rig}
          onChange={(rig) => useLearnForm.setState({ rig })}
          placeholder="Choose a rig"
          searchable
          data-testid="learn-rig"
        />
        <TextInput
          label="Name"
          placeholder={`${learning.rig ?? 'policy'}-${algorithm.name}`}
          value={form.name}
          onChange={(e) => useLearnForm.setState({ name: e.currentTarget.value })}
          data-testid="learn-name"
        />
        <Select
          label="Algorithm"
          description={algorithm.description}
          inputWrapperOrder={['label', 'input', 'description']}
          data={OFFERED.map(({ name, title }) => ({ value: name, label: title }))}
          value={algorithm.name}
          onChange={(name) =>
            useLearnForm.setState({
              algorithm: OFFERED.find((one) => one.name === name)?.name ?? algorithm.name,
            })
          }
          allowDeselect={false}
          data-testid="learn-algorithm"
        />
        {algorithm.traits.offline && <WhereChoice where={where} />}
        {algorithm.traits.model !== 'none' && <ModelChoice learning={learning} />}
        <Options learning={learning} />
        <Button
          fullWidth
          size="sm"
          loading={learn.isPending}
          disabled={learning.missing !== null}
          onClick={() => learn.mutate()}
          data-testid="learn-start"
        >
          Learn
        </Button>
        {learning.missing && (
          <Text size="xs" c="dimmed" data-testid="learn-missing">
            {learning.missing}
          </Text>
        )}
        {learn.error && <Problem error={learn.error} />}
      </div>
    </Panel>
  );
}

function WhereChoice({ where }: { where: Where }) {
  return (
    <div className="stack-xs">
      <Text size="xs" fw={500}>
        Learns
      </Text>
      <SegmentedControl
        fullWidth
        value={where}
        onChange={(chosen) => useLearnForm.setState({ where: chosen as Where })}
        data={[
          { value: 'simulation', label: 'In simulation' },
          { value: 'recorded', label: 'From episodes' },
        ]}
        data-testid="learn-where"
      />
    </div>
  );
}

function ModelChoice({ learning: { models, model, algorithm } }: { learning: Learning }) {
  const required = algorithm.traits.model === 'required';
  return (
    <Select
      label="Model"
      description={
        required ? 'What it learns in.' : 'To begin with; without one it trains its own from nothing.'
      }
      inputWrapperOrder={['label', 'input', 'description']}
      placeholder={models.length === 0 ? 'No model of this rig yet' : 'None'}
      data={models.map(({ hash, name }) => ({ value: hash, label: name }))}
      value={model?.hash ?? null}
      onChange={(hash) => useLearnForm.setState({ model: hash })}
      clearable={!required}
      data-testid="learn-model"
    />
  );
}

function Options({ learning: { algorithm, values } }: { learning: Learning }) {
  const { options, seed } = useLearnForm();
  const [more, setMore] = useState(false);
  const steps = algorithm.fields.filter(({ key }) => key === 'steps');
  const rest = algorithm.fields.filter(({ key }) => key !== 'steps');
  const change = (key: string, value: unknown) =>
    useLearnForm.setState({
      options: { ...options, [algorithm.name]: { ...options[algorithm.name], [key]: value } },
    });
  return (
    <>
      <OptionFields fields={steps} values={values} onChange={change} testId="learn" wide={['steps']} />
      <Button
        variant="subtle"
        size="compact-xs"
        w="fit-content"
        onClick={() => setMore(!more)}
        aria-expanded={more}
        data-testid="learn-more"
      >
        {more ? 'Fewer options' : 'More options'}
      </Button>
      <Collapse expanded={more}>
        <div className="stack-sm">
          <OptionFields fields={rest} values={values} onChange={change} testId="learn" />
          <NumberField
            label="Seed"
            range={SEED_RANGE}
            value={seed}
            onChange={(value) => useLearnForm.setState({ seed: value })}
            data-testid="learn-seed"
          />
          <Button
            variant="subtle"
            size="compact-xs"
            w="fit-content"
            onClick={() => useLearnForm.setState({ options: { ...options, [algorithm.name]: {} } })}
          >
            Back to the defaults
          </Button>
        </div>
      </Collapse>
    </>
  );
}
