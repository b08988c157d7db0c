import { Button, SegmentedControl, Select, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { api } from '../../api';
import { useEpisodeOverview } from '../../store/episode-lists';
import { useCurrentRig, useModels, usePolicies, useRigs } from '../../store/queries';
import { AlgorithmChoice, AlgorithmFields } from '../../ui/AlgorithmForm';
import { Problem } from '../../ui/Messages';
import { NumberField } from '../../ui/NumberField';
import { Panel } from '../../ui/Panel';
import { type Learning, learnInput, learningOf, SEED_RANGE, useLearnForm, type Where } from './learn-form';

/** Learns a policy: in the simulation of a rig, or from what was recorded; every option has a default. */
export function LearnPanel() {
  const form = useLearnForm();
  const rigs = useRigs().data?.filter(({ problem }) => problem === null) ?? [];
  const overview = useEpisodeOverview().data;
  const learning = learningOf(form, {
    rigs: rigs.map(({ name }) => name),
    models: useModels().data ?? [],
    policies: usePolicies().data ?? [],
    current: useCurrentRig().name,
    recorded: new Set(overview?.rigs.map(({ name }) => name)),
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
        <AlgorithmChoice
          algorithm={algorithm}
          onChange={(name) => useLearnForm.setState({ algorithm: name })}
          testId="learn"
        />
        {where === 'model' ? (
          <Text size="xs" c="dimmed" data-testid="learn-pictures">
            Acts by pictures: it learns in what its model imagines from the recorded pictures on, by the
            reward that the model has learned, and is kept with the model's eyes.
          </Text>
        ) : (
          algorithm.traits.offline && <WhereChoice where={where} />
        )}
        {algorithm.traits.model !== 'none' && <ModelChoice learning={learning} />}
        {learning.ancestors.length > 0 && <FromChoice learning={learning} />}
        <AlgorithmFields
          algorithm={algorithm}
          changed={learning.options}
          onChange={(options) => useLearnForm.setState({ options })}
          testId="learn"
        >
          <NumberField
            label="Seed"
            range={SEED_RANGE}
            value={form.seed}
            onChange={(value) => useLearnForm.setState({ seed: value })}
            data-testid="learn-seed"
          />
        </AlgorithmFields>
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

function FromChoice({ learning: { ancestors, from } }: { learning: Learning }) {
  return (
    <Select
      label="Goes on from"
      placeholder="Begins anew"
      data={ancestors.map(({ hash, name }) => ({ value: hash, label: name }))}
      value={from?.hash ?? null}
      onChange={(hash) => useLearnForm.setState({ from: hash })}
      clearable
      data-testid="learn-from"
    />
  );
}

function ModelChoice({ learning: { models, model, algorithm } }: { learning: Learning }) {
  const required = algorithm.traits.model === 'required';
  const staysAsItIs = required || Boolean(model?.eyes);
  return (
    <Select
      label="Model"
      description={
        staysAsItIs ? 'What it learns in.' : 'To begin with; without one it trains its own from nothing.'
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
