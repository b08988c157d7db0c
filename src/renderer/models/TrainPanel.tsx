import { Button, Select, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api } from '../api';
import { useCurrentRig, useEpisodes, useModels } from '../store/queries';
import { useUi } from '../store/ui-state';
import { Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { TrainEpisodes } from './TrainEpisodes';
import { TrainMethod } from './TrainMethod';
import { TrainOptionFields } from './TrainOptionFields';
import { takingIn, trainInput, trainingOf, useTrainForm } from './train-form';

/** Trains on all of a rig's episodes unless some are chosen; every option has a default that suits a small rig. */
export function TrainPanel() {
  const form = useTrainForm();
  const episodes = useEpisodes().data;
  const models = useModels().data;
  const current = useCurrentRig().name;
  const training = trainingOf(form, { episodes: episodes ?? [], models: models ?? [], current });
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
          placeholder={episodes ? 'No episodes yet' : ''}
          data-testid="train-rig"
        />
        <TextInput
          label="Name"
          placeholder={training.rig ?? 'model'}
          value={form.name}
          onChange={(e) => useTrainForm.setState({ name: e.currentTarget.value })}
          data-testid="train-name"
        />
        <TrainEpisodes training={training} known={episodes !== undefined} />
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
        {episodes && training.missing && (
          <Text size="xs" c="dimmed">
            {training.missing}
          </Text>
        )}
        {train.error && <Problem error={train.error} />}
      </div>
    </Panel>
  );
}
