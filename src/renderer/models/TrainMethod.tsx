import { Select } from '@mantine/core';
import { isLatent } from '../../shared/model-options';
import { useCurrentRig } from '../store/queries';
import { CameraSetup } from './sight/CameraSetup';
import { CLASSES, goOnFrom, LOSSES, type Training, useTrainForm, withClass, withLoss } from './train-form';

/** Model class, loss, and the model to go on from. */
export function TrainMethod({ training: { ancestors, from, rig } }: { training: Training }) {
  const options = useTrainForm((s) => s.options);
  const current = useCurrentRig();
  // Before anything is recorded, too: where a camera is to stand is seen by what the network gets of it.
  const looked = rig ?? (current.connected ? current.name : null);
  return (
    <>
      <Choice
        label="Model class"
        kinds={CLASSES}
        value={options.class.name}
        onChange={(name) => useTrainForm.setState({ options: withClass(options, name) })}
        testId="train-class"
      />
      {isLatent(options.class) && looked !== null && (
        <CameraSetup key={looked} rig={looked} options={options.class} />
      )}
      <Choice
        label="Loss"
        kinds={LOSSES}
        value={options.loss.name}
        onChange={(name) => useTrainForm.setState({ options: withLoss(options, name) })}
        testId="train-loss"
      />
      {ancestors.length > 0 && (
        <Select
          label="Begin with"
          placeholder="Fresh weights"
          clearable
          data={ancestors.map((m) => ({ value: m.hash, label: `${m.name} (${m.hash.slice(0, 6)})` }))}
          value={from?.hash ?? null}
          onChange={(hash) => useTrainForm.setState(goOnFrom(ancestors.find((m) => m.hash === hash) ?? null))}
          data-testid="train-from"
        />
      )}
    </>
  );
}

/** One of several kinds, with what the chosen one is. */
function Choice({
  label,
  kinds,
  value,
  onChange,
  testId,
}: {
  label: string;
  kinds: readonly { name: string; title: string; description: string }[];
  value: string;
  onChange(name: string): void;
  testId: string;
}) {
  return (
    <Select
      label={label}
      description={kinds.find(({ name }) => name === value)?.description}
      inputWrapperOrder={['label', 'input', 'description']}
      data={kinds.map(({ name, title }) => ({ value: name, label: title }))}
      value={value}
      allowDeselect={false}
      onChange={(name) => name !== null && onChange(name)}
      data-testid={testId}
    />
  );
}
