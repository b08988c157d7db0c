import { Alert, Button, Text } from '@mantine/core';
import { IconFileExport, IconRuler2 } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ModelSummary } from '../../shared/model';
import { CLASS_OPTIONS, LOSS_OPTIONS, OneStepOptions } from '../../shared/model-options';
import { optionTitle } from '../../shared/option-fields';
import { judgedOnWords, verdict } from '../../shared/verdict';
import { api } from '../api';
import { useUi } from '../store/ui-state';
import { useChannelTitles } from '../ui/ChannelName';
import { formatCount, formatDuration, formatNumber, formatTime } from '../ui/format';
import { Problem } from '../ui/Messages';
import { Panel, Stat } from '../ui/Panel';
import { verdictBadge } from '../ui/verdict-words';
import { EvaluationView } from './EvaluationView';
import { LearnedName } from './LearnedName';
import { LearningCurve } from './LearningCurve';
import { ReportView } from './report/ReportView';
import { LatentMapPanel } from './sight/LatentMapPanel';
import { SightPanel } from './sight/SightPanel';

export function ModelDetail({ model }: { model: ModelSummary }) {
  const queries = useQueryClient();
  const evaluate = useMutation({
    mutationFn: () => api().models.evaluate({ model: model.hash }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['models'] }),
  });
  // The core keeps the more honest verdict: what it kept is shown, not whatever was found last.
  const evaluation = model.evaluation ?? evaluate.data ?? null;
  const judged = verdict(evaluation, model.periodSeconds, useChannelTitles(model.rig));
  return (
    <>
      <Panel
        title={
          <LearnedName
            key={model.name}
            name={model.name}
            label="Model name"
            rename={async (name) => {
              await api().models.rename({ model: model.hash, name });
              await queries.invalidateQueries({ queryKey: ['models'] });
            }}
          />
        }
        aside={
          <>
            <Button
              variant="default"
              leftSection={<IconRuler2 size={14} />}
              loading={evaluate.isPending}
              onClick={() => evaluate.mutate()}
              data-testid="evaluate"
            >
              Evaluate
            </Button>
            <Button
              onClick={() => useUi.setState({ room: 'run', model: model.hash })}
              data-testid="use-in-run"
            >
              Use in Run
            </Button>
          </>
        }
      >
        <div className="stats stats-row">
          <Stat name="Rig" value={model.rig} />
          <Stat name="Transitions" value={model.transitions} />
          <Stat name="Episodes" value={model.episodes.length} />
          <Stat name="Class" value={classTitle(model)} title={optionsText(model)} />
          <Stat name="Epochs" value={model.epochs} />
          <Stat name="Trained in" value={formatDuration(model.trainSeconds)} />
          <Stat name="Made" value={formatTime(model.createdAt)} />
          <Stat name="Content" value={<code>{model.hash.slice(0, 12)}</code>} title={model.hash} />
        </div>
        <Alert
          color={verdictBadge(judged).colour}
          variant="light"
          p="xs"
          mt="sm"
          title={<span title={verdict(evaluation, model.periodSeconds).sentence}>{judged.sentence}</span>}
          // The tone is in the ground; the sentence itself has to be read from a distance.
          styles={{ title: { color: 'var(--mantine-color-text)' } }}
          data-testid="verdict"
        >
          <Text size="xs">{judged.next}</Text>
          {evaluation && (
            <Text size="xs" c="dimmed" data-testid="judged-on">
              {judgedOnWords(evaluation.judgedOn)}
            </Text>
          )}
        </Alert>
        {model.notes.length > 0 && (
          <ul className="notes" data-testid="model-notes">
            {model.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
        {evaluate.error && <Problem error={evaluate.error} />}
        <ExportRow model={model} />
      </Panel>
      {evaluation && (
        <SightPanel rig={model.rig} evaluation={evaluation} periodSeconds={model.periodSeconds} />
      )}
      {model.eyes && <LatentMapPanel model={model} />}
      {evaluation && evaluation.channels.length > 0 && (
        <EvaluationView
          model={model}
          evaluation={evaluation}
          tested={judged.tested}
          periodSeconds={model.periodSeconds}
        />
      )}
      {evaluation?.report && (
        <ReportView
          rig={model.rig}
          evaluation={evaluation}
          report={evaluation.report}
          judged={judged}
          periodSeconds={model.periodSeconds}
        />
      )}
      <Panel title="Learning curve">
        <div className="curve">
          <LearningCurve curve={model.curve} />
        </div>
        <Text size="xs" c="dimmed" className="tabular">
          Held-out loss by member:{' '}
          {model.holdOutLoss
            .map((loss, i) => `${formatNumber(loss, 3)}${model.elites.includes(i) ? ' (elite)' : ''}`)
            .join(' · ')}
        </Text>
      </Panel>
    </>
  );
}

/** "Ensemble, k steps": the class, and the loss where it is not the plain one. */
function classTitle({ options }: ModelSummary): string {
  const title = (schemas: readonly OptionsSchema[], name: string) =>
    optionTitle(schemas.find((schema) => schema.shape.name.value === name) ?? OneStepOptions).title;
  const model = title(CLASS_OPTIONS, options.class.name);
  return options.loss.name === 'one-step' ? model : `${model}, ${title(LOSS_OPTIONS, options.loss.name)}`;
}
type OptionsSchema = (typeof CLASS_OPTIONS)[number] | (typeof LOSS_OPTIONS)[number];

/** Every option of class and loss, a line each, for the curious. */
function optionsText({ options }: ModelSummary): string {
  return Object.entries({ ...options.class, ...options.loss, history: options.history })
    .filter(([key]) => key !== 'name')
    .map(([key, value]) => `${key}: ${value}`)
    .join('\n');
}

function ExportRow({ model }: { model: ModelSummary }) {
  const exporting = useMutation({ mutationFn: () => api().models.export({ model: model.hash }) });
  const done = exporting.data;
  return (
    <>
      <div className="export-row">
        <Button
          variant="default"
          leftSection={<IconFileExport size={14} />}
          loading={exporting.isPending}
          onClick={() => exporting.mutate()}
          data-testid="export-model"
        >
          Export as ONNX
        </Button>
        {!done && !exporting.error && (
          <Text size="xs" c="dimmed">
            {model.eyes
              ? "Three files: encoder, dynamics and decoder, checked against this app's own predictions."
              : "One file with names, units and normalisation, checked against this app's own predictions."}
          </Text>
        )}
        {done && (
          <div data-testid="export-result">
            <Text size="xs" className="path" data-testid="export-file">
              {done.file}
            </Text>
            <Text size="xs" c="dimmed" className="tabular">
              Largest difference from the app's own predictions: {formatNumber(done.largestDifference, 3)}{' '}
              over {formatCount(done.steps, 'recorded step')}
            </Text>
          </div>
        )}
      </div>
      {exporting.error && <Problem error={exporting.error} />}
    </>
  );
}
