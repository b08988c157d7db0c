import { Button, Select, Text } from '@mantine/core';
import { Folded } from '../ui/Folded';
import { OptionFields } from '../ui/OptionFields';
import {
  ADAPT_LABELS,
  type Adapts,
  adaptFields,
  adaptSummary,
  changedOptions,
  PLANNER_LABELS,
  PLANNERS,
  PROPAGATION_LABELS,
  plannerInfo,
  propagationFields,
  propagationSummary,
  WIDE,
} from './planners';
import { changePlanner, needsPolicy, plannerOf, type RunForm, useRunForm } from './run-form';

const changed = (count: number) => (count === 0 ? '' : `${count} changed`);

/** Which planner, and what it is told: what a technician sets first, the rest folded away. */
export function PlannerForm({
  dynamics,
  horizon,
  sees,
}: {
  dynamics: RunForm['dynamics'];
  /** The model learned from pictures. */
  sees: boolean;
  /** Steps that it will look ahead. */
  horizon: number;
}) {
  const form = useRunForm();
  const values = plannerOf(form);
  const chosen = plannerInfo(form.method);
  if (!chosen) return null;
  const automatic = values.budget === 'auto';
  // What an automatic budget decides is not asked for.
  const main = chosen.main.filter(({ key }) => !(automatic && key === 'candidates'));
  const budget = chosen.budget.filter(({ key }) => automatic || key === 'budget');
  return (
    <>
      <Select
        label="Planner"
        description={chosen.description}
        inputWrapperOrder={['label', 'input', 'description']}
        data={PLANNERS.map(({ name, title, differentiates }) => {
          return { value: name, label: title, disabled: differentiates && dynamics === 'simulator' };
        })}
        renderOption={({ option }) => (
          <PlannerOption name={option.value} disabled={option.disabled === true} />
        )}
        maxDropdownHeight={420}
        value={form.method}
        onChange={(method) => useRunForm.setState({ method: method as typeof form.method })}
        data-testid="planner"
      />
      {chosen.differentiates && (
        <Text size="xs" c="var(--warn-text)" data-testid="planner-smooth">
          Follows the slope of the reward: a reward with steps or sharp corners leads it nowhere.
        </Text>
      )}
      <OptionFields
        fields={[...main, ...budget]}
        values={{ ...values, horizon }}
        onChange={changePlanner}
        testId="planner"
        labels={PLANNER_LABELS}
      />
      {form.ownHorizon && (
        <Button
          variant="subtle"
          size="compact-xs"
          w="fit-content"
          onClick={() => useRunForm.setState({ ownHorizon: false })}
        >
          Let the model's verdict say how far
        </Button>
      )}
      <Folded
        title="More options"
        summary={changed(changedOptions(values, chosen.more))}
        testId="planner-more"
      >
        <OptionFields
          fields={chosen.more}
          values={values}
          onChange={changePlanner}
          testId="planner"
          labels={PLANNER_LABELS}
        />
      </Folded>
      <UncertaintyForm dynamics={dynamics} />
      {dynamics === 'model' && <AdaptForm beside={{ sees, policy: needsPolicy(form) }} />}
    </>
  );
}

/** A planner in the list, with what it does in one sentence. */
function PlannerOption({ name, disabled }: { name: string; disabled: boolean }) {
  const planner = plannerInfo(name);
  return (
    <div>
      <Text size="xs" fw={600}>
        {planner?.title}
      </Text>
      <Text size="xs" c="dimmed" lh={1.25}>
        {disabled ? 'Needs the derivatives of a learned model.' : planner?.description}
      </Text>
    </div>
  );
}

/** Whose futures a plan is judged by, and what is made of them. */
function UncertaintyForm({ dynamics }: { dynamics: RunForm['dynamics'] }) {
  const propagation = useRunForm((s) => s.propagation);
  const fields = propagationFields(propagation, dynamics);
  return (
    <Folded title="Uncertainty" summary={propagationSummary(propagation, dynamics)} testId="propagation-more">
      <OptionFields
        fields={fields}
        values={propagation}
        onChange={(key, value) =>
          useRunForm.setState((s) => ({ propagation: { ...s.propagation, [key]: value } }))
        }
        testId="propagation"
        labels={PROPAGATION_LABELS}
        wide={WIDE}
      />
    </Folded>
  );
}

/** What is done when the model no longer fits. */
function AdaptForm({ beside }: { beside: Adapts }) {
  const adapt = useRunForm((s) => s.adapt);
  const drives = useRunForm((s) => s.driver === 'policy');
  const changesNothing = drives && beside.sees && adapt.retrain !== 'off' && adapt.policyMore === 0;
  return (
    <Folded title="Adaptation" summary={adaptSummary(adapt, beside.sees)} testId="adapt-more">
      <OptionFields
        fields={adaptFields(adapt, beside)}
        values={adapt}
        onChange={(key, value) => useRunForm.setState((s) => ({ adapt: { ...s.adapt, [key]: value } }))}
        testId="adapt"
        labels={ADAPT_LABELS}
        wide={WIDE}
      />
      {changesNothing && (
        <Text size="xs" c="orange" data-testid="adapt-changes-nothing">
          The policy that drives stays as it is: what the model learns beside it would change nothing. Let it
          go on learning as well (Further policy updates), or switch retraining off.
        </Text>
      )}
    </Folded>
  );
}
