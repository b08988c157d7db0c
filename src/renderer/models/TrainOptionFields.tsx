import { Button, Collapse, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { type ClassOptions, isLatent, type LossOptions } from '../../shared/model-options';
import { useAppInfo } from '../store/queries';
import { NumberField } from '../ui/NumberField';
import { OptionFields } from '../ui/OptionFields';
import { SET_ON_PICTURE } from './sight/CameraSetup';
import {
  CLASSES,
  COMMON_FIELDS,
  changedCount,
  DEFAULTS,
  LAST_RANGE,
  LOSSES,
  useTrainForm,
} from './train-form';

/** Every option of the class, the loss and the training, out of sight until asked for. */
export function TrainOptionFields() {
  const options = useTrainForm((s) => s.options);
  const [more, setMore] = useState(false);
  const changed = changedCount(options);
  return (
    <>
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
          <ClassFields />
          <LossFields />
          <CommonFields />
          <Button
            variant="subtle"
            size="compact-xs"
            w="fit-content"
            onClick={() => useTrainForm.setState({ options: DEFAULTS })}
            disabled={changed === 0}
          >
            Back to the defaults
          </Button>
        </div>
      </Collapse>
    </>
  );
}

function ClassFields() {
  const options = useTrainForm((s) => s.options);
  const chosen = CLASSES.find(({ name }) => name === options.class.name);
  const isSeen = isLatent(options.class);
  const fields = chosen?.fields.filter(({ key }) => !(isSeen && SET_ON_PICTURE.includes(key))) ?? [];
  const change = (key: string, value: unknown) =>
    useTrainForm.setState({
      options: { ...options, class: { ...options.class, [key]: value } as ClassOptions },
    });
  return (
    <OptionGroup title={chosen?.title ?? ''}>
      <OptionFields fields={fields} values={options.class} onChange={change} testId="train" />
    </OptionGroup>
  );
}

function LossFields() {
  const options = useTrainForm((s) => s.options);
  const chosen = LOSSES.find(({ name }) => name === options.loss.name);
  if (!chosen || chosen.fields.length === 0) return null;
  const change = (key: string, value: unknown) =>
    useTrainForm.setState({
      options: { ...options, loss: { ...options.loss, [key]: value } as LossOptions },
    });
  return (
    <OptionGroup title={`Loss: ${chosen.title}`}>
      <OptionFields fields={chosen.fields} values={options.loss} onChange={change} testId="train-loss" />
    </OptionGroup>
  );
}

function CommonFields() {
  const { options, last } = useTrainForm();
  const engines = useAppInfo().data?.engines ?? [];
  const unavailable = Object.fromEntries(
    engines.filter((engine) => !engine.available).map((engine) => [engine.name, 'not here']),
  );
  return (
    <OptionGroup title="Data and training">
      <OptionFields
        fields={COMMON_FIELDS}
        values={options}
        onChange={(key, value) => useTrainForm.setState({ options: { ...options, [key]: value } })}
        testId="train"
        disabledChoices={{ engine: unavailable }}
      />
      <NumberField
        label="Kept out to judge it on"
        description="Share at each episode's end; empty: about a fifth, whole episodes where there are five; 0: not tested"
        placeholder="About a fifth"
        inputWrapperOrder={['label', 'input', 'description']}
        range={LAST_RANGE}
        step={0.05}
        value={last ?? Number.NaN}
        data-testid="train-last"
        onChange={(share) => useTrainForm.setState({ last: Number.isNaN(share) ? null : share })}
      />
    </OptionGroup>
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
