import { Button, Select, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import { api } from '../api';
import { useEpisodeOverview, useEpisodePage } from '../store/episode-lists';
import { useCurrentRig, useModels } from '../store/queries';
import { useUi } from '../store/ui-state';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { TrainEpisodes } from './TrainEpisodes';
import { TrainMethod } from './TrainMethod';
import { TrainOptionFields } from './TrainOptionFields';
import { takingIn, trainInput, trainingOf, trainingRigs, usableOf, useTrainForm } from './train-form';

/** Trains on all of a rig's episodes unless some are chosen; every option has a default that suits a small rig. */
export function TrainPanel() {
  const form = useTrainForm();
  const overview = useEpisodeOverview().data;
  const models = useModels().data;
  const current = useCurrentRig().name;
  const { rig } = trainingRigs(form, overview?.rigs ?? [], current);
  const chosen = useChosen(rig, form.which === 'some' ? form.ids : []);
  const training = trainingOf(form, {
    ...{ overview: overview?.rigs ?? [], models: models ?? [], current },
    chosen: { ids: chosen.map(({ id }) => id), steps: chosen.reduce((sum, { steps }) => sum + steps, 0) },
  });
  const asked = useUi((s) => s.trainOn);
  useEffect(() => {
    if (asked === null) return;
    useUi.setState({ trainOn: null });
    useTrainForm.setState((form) => takingIn(form, asked));
  }, [asked]);
  const train = useMutation({ mutationFn: () => api().models.train(trainInput(form, training)) });
  return (
    <Panel title="Train">
      <div className="stack-sm">
        <Select
          label="Rig"
          data={training.rigs}
          value={training.rig}
          onChange={(rig) => useTrainForm.setState({ rig })}
          placeholder={overview ? 'No episodes yet' : ''}
          data-testid="train-rig"
        />
        <TextInput
          label="Name"
          placeholder={training.rig ?? 'model'}
          value={form.name}
          onChange={(e) => useTrainForm.setState({ name: e.currentTarget.value })}
          data-testid="train-name"
        />
        <TrainEpisodes training={training} chosen={chosen} known={overview !== undefined} />
        <TrainMethod training={training} />
        <TrainOptionFields />
        <Button
          fullWidth
          size="sm"
          loading={train.isPending}
          disabled={training.missing !== null}
          onClick={() => train.mutate()}
          data-testid="train-start"
        >
          Train
        </Button>
        {overview && training.missing && (
          <Text size="xs" c="dimmed">
            {training.missing}
          </Text>
        )}
        {train.error && <Problem error={train.error} />}
      </div>
    </Panel>
  );
}

/** So many are chosen one by one. */
const MOST_CHOSEN = 500;

/** Those of the numbers that are of the rig and of use, in their order. */
function useChosen(rig: string | null, ids: readonly number[]): ListedEpisode[] {
  const numbers = ids.slice(0, MOST_CHOSEN);
  const asked = { ...usableOf(rig ?? ''), numbers, descending: false, limit: MOST_CHOSEN };
  const { data } = useEpisodePage(asked, rig !== null && ids.length > 0);
  return ids.length === 0 || data?.asked.rig !== rig
    ? []
    : data.episodes.filter(({ id }) => ids.includes(id));
}
