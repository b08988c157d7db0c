import { Alert, Button, Text } from '@mantine/core';
import { IconFileExport, IconRuler2, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { viewsOf } from '../../../shared/eyes';
import type { PolicySummary } from '../../../shared/policy';
import { api } from '../../api';
import { PolicyCurve } from '../../charts/PolicyCurve';
import { restorePolicy } from '../../store/actions';
import { notify } from '../../store/notify';
import { useModels } from '../../store/queries';
import { useUi } from '../../store/ui-state';
import { algorithmTitle } from '../../ui/algorithms';
import { formatDuration, formatNumber, formatTime } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { Panel, Stat } from '../../ui/Panel';
import { evaluationWords } from '../../ui/policy-words';
import { LearnedName } from '../LearnedName';
import { algorithmText, learnedInWords } from './words';

/** Everything about a policy: what it came from, what it earns, how it learned, and its file. */
export function PolicyDetail({ policy }: { policy: PolicySummary }) {
  const queries = useQueryClient();
  const anew = () => queries.invalidateQueries({ queryKey: ['policies'] });
  const evaluate = useMutation({
    mutationFn: () => api().policies.evaluate({ policy: policy.hash }),
    onSuccess: anew,
  });
  const remove = useMutation({
    mutationFn: () => api().policies.remove({ policy: policy.hash }),
    onSuccess: async () => {
      await anew();
      // This one, whatever was changed after it.
      const undo = { label: 'Undo', run: () => restorePolicy(policy.hash) };
      notify('info', `Policy ${policy.name} removed.`, '', undo);
    },
  });
  const model = useModels().data?.find(({ hash }) => hash === policy.model);
  return (
    <>
      <Panel
        title={
          <LearnedName
            key={policy.name}
            name={policy.name}
            label="Policy name"
            rename={async (name) => {
              await api().policies.rename({ policy: policy.hash, name });
              await anew();
            }}
          />
        }
        aside={
          <>
            <Button
              variant="default"
              leftSection={<IconTrash size={14} />}
              loading={remove.isPending}
              onClick={() => remove.mutate()}
              data-testid="remove-policy"
            >
              Remove
            </Button>
            <Button
              variant="default"
              leftSection={<IconRuler2 size={14} />}
              loading={evaluate.isPending}
              onClick={() => evaluate.mutate()}
              data-testid="evaluate-policy"
            >
              Evaluate
            </Button>
            <Button
              onClick={() => useUi.setState({ room: 'run', policy: policy.hash })}
              data-testid="policy-use-in-run"
            >
              Use in Run
            </Button>
          </>
        }
      >
        <div className="stats stats-row">
          <Stat name="Rig" value={policy.rig} />
          <Stat
            name="Algorithm"
            value={algorithmTitle(policy.algorithm.name)}
            title={algorithmText(policy)}
          />
          <Stat name="Learned in" value={learnedInWords(policy)} />
          {policy.eyes && (
            <Stat
              name="Acts by"
              value={viewsOf(policy.eyes)
                .map(({ camera }) => `camera ${camera}`)
                .join(' and ')}
              title={`Pictures of ${policy.eyes.size} × ${policy.eyes.pixelsDown ?? policy.eyes.size} pixels, ${policy.eyes.colour}${policy.eyes.steady ? ', steadied' : ''}`}
            />
          )}
          <Stat name="Steps" value={policy.steps} />
          <Stat name="Updates" value={policy.updates} />
          <Stat name="Task" value={policy.task.name} title={policy.task.reward} />
          {policy.model !== null && (
            <Stat name="Model" value={model?.name ?? policy.model.slice(0, 12)} title={policy.model} />
          )}
          <Stat name="Trained in" value={formatDuration(policy.trainSeconds)} />
          <Stat name="Made" value={formatTime(policy.createdAt)} />
          <Stat name="Content" value={<code>{policy.hash.slice(0, 12)}</code>} title={policy.hash} />
        </div>
        <Alert
          color={policy.evaluation ? 'indigo' : 'gray'}
          variant="light"
          p="xs"
          mt="sm"
          data-testid="policy-evaluation"
        >
          <Text size="sm">
            {policy.evaluation
              ? evaluationWords(policy.evaluation)
              : 'Not evaluated: nothing says what it earns without exploring.'}
          </Text>
        </Alert>
        {policy.notes.length > 0 && (
          <ul className="notes" data-testid="policy-notes">
            {policy.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
        {evaluate.error && <Problem error={evaluate.error} />}
        {remove.error && <Problem error={remove.error} />}
        <ExportRow policy={policy} />
      </Panel>
      <Panel title="How it learned">
        <PolicyCurve curve={policy.curve} further />
      </Panel>
    </>
  );
}

function ExportRow({ policy }: { policy: PolicySummary }) {
  const exporting = useMutation({ mutationFn: () => api().policies.export({ policy: policy.hash }) });
  const done = exporting.data;
  return (
    <>
      <div className="export-row">
        <Button
          variant="default"
          leftSection={<IconFileExport size={14} />}
          loading={exporting.isPending}
          onClick={() => exporting.mutate()}
          data-testid="export-policy"
        >
          Export as ONNX
        </Button>
        {!done && !exporting.error && (
          <Text size="xs" c="dimmed">
            One file, {policy.eyes ? 'pictures' : 'state'} in and action out, with names, units and limits,
            checked against this app's own actions.
          </Text>
        )}
        {done && (
          <div>
            <Text size="xs" className="path" data-testid="policy-export-file">
              {done.file}
            </Text>
            <Text size="xs" c="dimmed" className="tabular">
              Largest difference from the app's own actions: {formatNumber(100 * done.largestDifference, 3)} %
              of a channel's range over {done.states} {done.from === 'recorded' ? 'recorded' : 'simulated'}{' '}
              states
            </Text>
          </div>
        )}
      </div>
      {exporting.error && <Problem error={exporting.error} />}
    </>
  );
}
