import { Select, Text, TextInput } from '@mantine/core';
import type { RigFile } from '../../shared/rig';
import { AlgorithmChoice, AlgorithmFields } from '../ui/AlgorithmForm';
import { NumberField } from '../ui/NumberField';
import { Unattended } from '../ui/Unattended';
import { type LearnSetup, OFFERED_HERE, policyName } from './learning';
import { RUN_RANGES, type RunForm, useRunForm } from './run-form';

const change = (learn: Partial<RunForm['learn']>) =>
  useRunForm.setState((form) => ({ learn: { ...form.learn, ...learn } }));

/** How a policy is learned on the rig; the options are those of the room Models. */
export function LearnForm({ form, rig, setup }: { form: RunForm; rig: RigFile; setup: LearnSetup }) {
  const { learn, seed, unattended } = form;
  const { algorithm, models, model } = setup;
  return (
    <>
      <Text size="xs" c="dimmed">
        The rig explores within its guard, and a policy is learned from every step. A pause or a hold is no
        step.
      </Text>
      <TextInput
        label="Name of the policy"
        placeholder={policyName(rig, algorithm)}
        value={learn.name}
        onChange={(e) => change({ name: e.currentTarget.value })}
        data-testid="run-learn-name"
      />
      <AlgorithmChoice
        algorithm={algorithm}
        offered={OFFERED_HERE}
        onChange={(name) => change({ algorithm: name })}
        testId="run-learn"
      />
      {models.length > 0 && (
        <Select
          label="Model"
          description="To begin with; without one it trains its own from nothing."
          inputWrapperOrder={['label', 'input', 'description']}
          placeholder="None"
          data={models.map(({ hash, name }) => ({ value: hash, label: name }))}
          value={model?.hash ?? null}
          onChange={(hash) => change({ model: hash })}
          clearable
          data-testid="run-learn-model"
        />
      )}
      <AlgorithmFields
        algorithm={algorithm}
        changed={learn.options}
        onChange={(options) => change({ options })}
        testId="run-learn"
      >
        <NumberField
          label="Seed"
          range={RUN_RANGES.seed}
          value={seed}
          onChange={(value) => useRunForm.setState({ seed: value })}
          data-testid="run-seed"
        />
      </AlgorithmFields>
      <Unattended what="run" on={unattended} onChange={(on) => useRunForm.setState({ unattended: on })} />
    </>
  );
}
