import { ActionIcon, Badge, Text } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { EpisodeView } from '../../shared/contract';
import type { EpisodeSummary } from '../../shared/episode';
import { toShape } from '../api';
import { LineLegend } from '../charts/LineChart';
import { SceneView, useSceneModel } from '../scene/SceneView';
import { useEpisode, useRig, useScene } from '../store/queries';
import { useUi } from '../store/ui-state';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { EventList } from '../ui/EventList';
import { endingWords } from '../ui/episode-ending';
import { formatCount, formatDuration, formatNumber } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { Stat } from '../ui/Panel';
import { EpisodePlots } from './EpisodePlots';
import { Scrubber } from './Scrubber';

/** One episode: 3D view, plots and events on one time line that the scrubber moves. */
export function EpisodeDetail({ summary }: { summary: EpisodeSummary }) {
  const stamp = `${summary.state} ${summary.steps}`;
  const view = useEpisode(summary.id, stamp);
  if (view.error) return <Problem error={view.error} retry={() => void view.refetch()} />;
  if (!view.data) return <Empty title="Loading the episode …" />;
  return <Loaded view={view.data} />;
}

function Loaded({ view }: { view: EpisodeView }) {
  const { summary, events } = view;
  const rows = view.seconds.length;
  const asked = useUi((s) => s.episodeRow);
  const [row, setRow] = useState(asked);
  // A link asks for a row once; the next episode begins at its beginning.
  useEffect(() => {
    if (asked === 0) return;
    setRow(asked);
    useUi.setState({ episodeRow: 0 });
  }, [asked]);
  const at = Math.min(row, Math.max(0, rows - 1));
  const [playing, setPlaying] = usePlayback(view.seconds, at, setRow);
  const scene = useScene(summary.rig);
  const rig = useRig(summary.rig);
  const model = useSceneModel(
    scene.data,
    summary.observations.map((c) => c.name),
  );
  const current = useRef<{ row: number; redraw: () => void }>({ row: at, redraw: () => undefined });
  current.current.row = at;
  useEffect(() => {
    if (at >= 0) current.current.redraw();
  }, [at]);
  const watch = useCallback((redraw: () => void) => {
    current.current.redraw = redraw;
    return () => {
      current.current.redraw = () => undefined;
    };
  }, []);
  const observation = useCallback(
    () => view.observations.map((column) => column[current.current.row] ?? Number.NaN),
    [view],
  );
  const predicted = useMemo(() => view.predicted.some((c) => c.some((v) => v !== null)), [view]);
  const scrub = (next: number) => {
    setPlaying(false);
    setRow(next);
  };

  return (
    <div className="pane detail" data-testid="episode-detail">
      <div className="detail-head">
        <Text fw={600} className="tabular">
          Episode {summary.id}
        </Text>
        <Badge size="sm" variant="light" color={summary.state === 'complete' ? 'teal' : 'orange'}>
          {summary.state}
        </Badge>
        <EpisodeBadges episode={{ ...summary, state: 'complete' }} />
      </div>
      <div className="stats stats-row">
        <Stat name="Rig" value={summary.rig} />
        <Stat name="Source" value={summary.source} />
        <Stat name="Steps" value={summary.steps} />
        <Stat name="Duration" value={formatDuration(summary.durationSeconds)} />
        <Stat
          name="Return"
          value={summary.return === null ? 'not known' : formatNumber(summary.return, 5)}
          testId="episode-return"
        />
        <Stat name="Ended" value={endingWords(summary, rig.data?.file.task)} />
      </div>
      {model && (
        <div className="detail-scene">
          <SceneView
            model={model}
            observation={observation}
            watch={watch}
            label={`Episode ${summary.id} in 3D`}
          />
        </div>
      )}
      {scene.error && <NoScene rig={summary.rig} error={scene.error} />}
      <div className="scrub-row">
        <ActionIcon
          variant="default"
          onClick={() => setPlaying(!playing)}
          aria-label={playing ? 'Pause' : 'Play'}
          data-testid="play"
        >
          {playing ? <IconPlayerPause size={16} /> : <IconPlayerPlay size={16} />}
        </ActionIcon>
        <Scrubber rows={rows} row={at} events={events} missed={view.missed} onScrub={scrub} />
        <Text size="xs" className="tabular scrub-time" data-testid="scrub-step">
          step {at} · {(view.seconds[at] ?? 0).toFixed(2)} s
        </Text>
      </div>
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
      <EpisodePlots view={view} row={at} onScrub={scrub} />
      {events.length > 0 && (
        <div className="detail-events">
          <Text size="xs" c="dimmed" mb={4}>
            {formatCount(events.length, 'event')}
          </Text>
          <EventList events={events} onPick={scrub} />
        </div>
      )}
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

/** Plays an episode at the speed it was recorded at; ends at its end. */
function usePlayback(
  seconds: readonly number[],
  row: number,
  setRow: (row: number) => void,
): [boolean, (on: boolean) => void] {
  const [playing, setPlaying] = useState(false);
  const start = useRef(row);
  start.current = row;
  useEffect(() => {
    if (!playing) return;
    const last = seconds.length - 1;
    const from = start.current >= last ? 0 : start.current;
    const began = performance.now();
    let frame = 0;
    const tick = () => {
      const now = (seconds[from] ?? 0) + (performance.now() - began) / 1000;
      let next = from;
      while (next < last && (seconds[next + 1] ?? 0) <= now) next += 1;
      setRow(next);
      if (next >= last) setPlaying(false);
      else frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [playing, seconds, setRow]);
  return [playing, setPlaying];
}
