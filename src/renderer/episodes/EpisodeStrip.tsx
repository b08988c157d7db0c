import { Select, Text } from '@mantine/core';
import { create } from 'zustand';
import { persist } from 'zustand/middleware';
import type { EpisodeSummary } from '../../shared/episode';
import type { EpisodeCamera } from '../../shared/episode-camera';
import { shows, viewsOf } from '../../shared/eyes';
import type { ModelSummary } from '../../shared/model';
import { useStrip } from '../store/film-strip';
import { useEpisodeCameras, useModels } from '../store/queries';
import { Folded } from '../ui/Folded';
import { filmRows } from '../ui/film-rows';
import { formatCount } from '../ui/format';
import { Problem } from '../ui/Messages';
import { PictureStrip } from '../ui/PictureStrip';

/** Which model is looked through, by its hash, and whether the strip is shown. Kept over a reload. */
const useStripForm = create<StripForm>()(
  persist((): StripForm => ({ model: null, open: true }), { name: 'foresight.strip' }),
);
interface StripForm {
  model: string | null;
  open: boolean;
}

/** Models that look through cameras which this episode was recorded with, the newest first. */
function modelsThatSee(
  models: readonly ModelSummary[],
  rig: string,
  cameras: readonly EpisodeCamera[],
): ModelSummary[] {
  return models
    .filter(
      ({ rig: own, eyes }) =>
        own === rig &&
        eyes !== null &&
        viewsOf(eyes).every((view) => cameras.some((camera) => shows(camera, view))),
    )
    .sort((a, b) => b.createdAt - a.createdAt);
}

/** What a model that learned from pictures makes of an episode from the scrubber's row on; nothing where no model can see it. */
export function EpisodeStrip({
  summary,
  row,
  stamp,
}: {
  summary: EpisodeSummary;
  row: number;
  stamp: string;
}) {
  const cameras = useEpisodeCameras(summary.id, stamp).data ?? [];
  const models = modelsThatSee(useModels().data ?? [], summary.rig, cameras);
  const { model: wanted, open } = useStripForm();
  const model = models.find(({ hash }) => hash === wanted) ?? models[0];
  if (!model) return null;
  return (
    <Folded
      title="Seen, and imagined"
      summary={`what ${model.name} makes of the pictures`}
      open={open}
      onOpen={(next) => useStripForm.setState({ open: next })}
      testId="strip-fold"
    >
      {open && (
        <div className="film-body">
          {models.length > 1 && (
            <Select
              size="xs"
              w={220}
              aria-label="Model that looks"
              data={models.map(({ hash, name }) => ({ value: hash, label: `${name} (${hash.slice(0, 6)})` }))}
              value={model.hash}
              allowDeselect={false}
              onChange={(hash) => useStripForm.setState({ model: hash })}
              data-testid="strip-model"
            />
          )}
          <Strip model={model} episode={summary.id} row={row} />
        </div>
      )}
    </Folded>
  );
}

function Strip({ model, episode, row }: { model: ModelSummary; episode: number; row: number }) {
  const { strip, error } = useStrip(model.hash, episode, row);
  if (error !== null) return <Problem error={error} />;
  if (!strip) return <div className="film-waiting" />;
  const { moments } = strip;
  return (
    <>
      <PictureStrip
        label={`What ${model.name} makes of episode ${episode} from step ${strip.row} on`}
        columns={moments.map(({ steps, row: at }) => ({
          key: String(steps),
          title: steps === 0 ? `step ${at}` : `${formatCount(steps, 'step')} on`,
          note: steps === 0 ? 'here' : `${Number((steps * model.periodSeconds).toPrecision(3))} s`,
        }))}
        rows={filmRows(moments, true)}
        testId="strip"
      />
      <Text size="xs" c="dimmed">
        Imagined from step {strip.row} through the executed actions. Percentages: the share that is shown of
        what sets the seen picture apart from the mean one.
      </Text>
    </>
  );
}
