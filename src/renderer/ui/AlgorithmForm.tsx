import { Button, Collapse, Select } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import type { AlgorithmName } from '../../shared/policy';
import { type ChangedOptions, OFFERED, type OfferedAlgorithm, optionsOf } from './algorithms';
import { OptionFields } from './OptionFields';

/** Which algorithm learns, with what it does in a sentence. */
export function AlgorithmChoice({
  algorithm,
  offered = OFFERED,
  onChange,
  testId,
}: {
  algorithm: OfferedAlgorithm;
  offered?: readonly OfferedAlgorithm[];
  onChange(name: AlgorithmName): void;
  testId: string;
}) {
  return (
    <Select
      label="Algorithm"
      description={algorithm.description}
      inputWrapperOrder={['label', 'input', 'description']}
      data={offered.map(({ name, title }) => ({ value: name, label: title }))}
      value={algorithm.name}
      onChange={(chosen) => onChange(offered.find(({ name }) => name === chosen)?.name ?? algorithm.name)}
      allowDeselect={false}
      data-testid={`${testId}-algorithm`}
    />
  );
}

/** Its options as their schema has them: how many steps, and the others folded away, with whatever else belongs to them. */
export function AlgorithmFields({
  algorithm,
  changed,
  onChange,
  testId,
  children,
}: {
  algorithm: OfferedAlgorithm;
  changed: ChangedOptions;
  onChange(changed: ChangedOptions): void;
  /** Each input is found by `<testId>-<key>`. */
  testId: string;
  children?: ReactNode;
}) {
  const [more, setMore] = useState(false);
  const { name, fields } = algorithm;
  const values = optionsOf(algorithm, changed);
  const change = (key: string, value: unknown) =>
    onChange({ ...changed, [name]: { ...changed[name], [key]: value } });
  const fieldsWhere = (first: boolean) => fields.filter(({ key }) => (key === 'steps') === first);
  return (
    <>
      <OptionFields
        fields={fieldsWhere(true)}
        values={values}
        onChange={change}
        testId={testId}
        wide={['steps']}
      />
      <Button
        variant="subtle"
        size="compact-xs"
        w="fit-content"
        flex="none"
        onClick={() => setMore(!more)}
        aria-expanded={more}
        data-testid={`${testId}-more`}
      >
        {more ? 'Fewer options' : 'More options'}
      </Button>
      <Collapse expanded={more}>
        <div className="stack-sm">
          <OptionFields fields={fieldsWhere(false)} values={values} onChange={change} testId={testId} />
          {children}
          <Button
            variant="subtle"
            size="compact-xs"
            w="fit-content"
            onClick={() => onChange({ ...changed, [name]: {} })}
          >
            Back to the defaults
          </Button>
        </div>
      </Collapse>
    </>
  );
}
