import { Text } from '@mantine/core';
import { useCallback, useEffect, useRef } from 'react';
import type { ListedEpisode } from '../../shared/episode-list';
import type { EpisodeWindow } from '../../shared/episode-window';
import { toShape } from '../api';
import { LineLegend } from '../charts/LineChart';
import { SceneView } from '../scene/SceneView';
import { useSceneModel } from '../scene/scene-model';
import { useScene } from '../store/queries';
import { CameraPictures } from '../ui/CameraPictures';
import { EventList } from '../ui/EventList';
import { formatCount } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { isKnown } from './curves';
import { EpisodeHead } from './EpisodeHead';
import { EpisodeOriginDetails } from './EpisodeOrigin';
import { EpisodePlots } from './EpisodePlots';
import { EpisodeStrip } from './EpisodeStrip';
import { EpisodeParts } from './edit/EpisodeParts';
import { useTrim } from './edit/use-trim';
import { EpisodeFlags } from './flags/EpisodeFlags';
import { useFlags } from './flags/use-flags';
import { preparingWords, type Reading, stampOf, useLook, useWhole } from './look';
import { TimeLine } from './TimeLine';

/** One episode: 3D view, plots and events on one time line that the scrubber moves. */
export function EpisodeDetail({ summary }: { summary: ListedEpisode }) {
  const { view, share, error, retry } = useWhole(summary);
  if (error) return <Problem error={error} retry={retry} />;
  if (view) return <Loaded view={view} judged={summary} />;
  return (
    <Empty title={preparingWords(share)}>
      {share ? 'It is long and looked at for the first time; the next time it is there at once.' : null}
    </Empty>
  );
}

/** @param judged the newest that is known of it: a star or a tag changes none of its rows, so `view` is not asked for anew */
function Loaded({ view, judged }: { view: EpisodeWindow; judged: ListedEpisode }) {
  const { summary, events, eventCount } = view;
  const look = useLook(view);
  const trim = useTrim(view, look);
  const flags = useFlags(summary.id) ?? [];
  const predicted = view.plans?.predicted.some(isKnown) === true;
  return (
    <div className="pane detail" data-testid="episode-detail">
      <EpisodeHead summary={judged} />
      <EpisodeParts summary={summary} />
      <div className="detail-views">
        <EpisodeScene view={view} row={look.row} reading={look.reading} />
        <CameraPictures
          moment={{
            ...{ episode: summary.id, second: look.second, periodSeconds: summary.periodSeconds },
            stamp: stampOf(summary),
          }}
          stamp={stampOf(summary)}
        />
      </div>
      <TimeLine whole={view} look={look} trim={trim} flags={flags} />
      <EpisodeStrip summary={summary} row={look.row} stamp={stampOf(summary)} />
      <EpisodeFlags flags={flags} onPick={look.setRow} />
      <div className="detail-legend">
        <LineLegend
          lines={[
            { name: 'measured', colour: 'var(--legend-solid)' },
            ...(predicted
              ? [{ name: 'predicted one step earlier, ±2σ', colour: 'var(--legend-soft)', dash: [5, 4] }]
              : []),
          ]}
        />
      </div>
      <EpisodePlots look={look} kept={trim.span} />
      <EpisodeOriginDetails summary={summary} />
      {events.length > 0 && (
        <div className="detail-events">
          <Text size="xs" c="dimmed" mb={4}>
            {formatCount(eventCount, 'event')}
            {eventCount > events.length && `, ${events.length} of them shown`}
          </Text>
          <EventList events={events} onPick={look.setRow} />
        </div>
      )}
    </div>
  );
}

/** The rig as it stood at a row. */
function EpisodeScene({ view, row, reading }: { view: EpisodeWindow; row: number; reading: Reading }) {
  const { summary, observations } = view;
  const scene = useScene(summary.rig);
  const model = useSceneModel(scene.data, summary.observations);
  const values = summary.observations.map((_, i) => reading(observations[i], (rows) => rows.observations[i]));
  const known = values.every((value) => value !== undefined);
  const current = useRef({ values: [] as number[], redraw: () => {} });
  // Until the rows are here it stands as it stood.
  if (known) current.current.values = values.map((value) => value ?? Number.NaN);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a row and that it is known say what stands there
  useEffect(() => current.current.redraw(), [row, known]);
  const watch = useCallback((redraw: () => void) => {
    current.current.redraw = redraw;
    return () => {
      current.current.redraw = () => {};
    };
  }, []);
  const observation = useCallback(() => current.current.values, []);
  if (scene.error) return <NoScene rig={summary.rig} error={scene.error} />;
  if (!model) return null;
  return (
    <div className="detail-scene">
      <SceneView
        model={model}
        observation={observation}
        watch={watch}
        label={`Episode ${summary.id} in 3D`}
      />
    </div>
  );
}

/** A log from elsewhere, or from another bench, is of a rig that has no file here: nothing is wrong with it. */
function NoScene({ rig, error }: { rig: string; error: unknown }) {
  if (toShape(error).code !== 'not-found') return <Problem error={error} />;
  return (
    <Text size="xs" c="dimmed" px={10} py={4} data-testid="no-scene">
      No 3D view: there is no rig file called {rig} here.
    </Text>
  );
}
