import { Badge, Button, Kbd, NumberInput, Progress, Slider, Switch, Text } from '@mantine/core';
import { IconPlayerRecordFilled } from '@tabler/icons-react';
import type { RigFile } from '../../shared/rig';
import { StripCharts, stripChannels } from '../charts/StripCharts';
import { useLive } from '../live/live';
import { LiveScene } from '../scene/LiveScene';
import { startRecording, useExcitation } from '../store/actions';
import { useCurrentRig, useEpisodes, useRig } from '../store/queries';
import { useUi } from '../store/ui-state';
import { EpisodeBadges } from '../ui/EpisodeBadges';
import { EventList } from '../ui/EventList';
import { formatCount, formatDuration, formatNumber, formatTime } from '../ui/format';
import { KeyButton } from '../ui/KeyButton';
import { Empty } from '../ui/Messages';
import { Panel } from '../ui/Panel';

export function RecordRoom() {
  const { name, connected } = useCurrentRig();
  const rig = useRig(connected ? name : null).data?.file;
  const hasSamples = useLive((s) => s.hasSamples);
  const known = useLive((s) => s.status !== null);
  const noEvents = useLive((s) => s.events.length === 0);
  const events = useLive((s) => s.events);
  if (!known || (connected && !rig)) return null;
  if (!connected || !rig) {
    return (
      <Empty title="No rig is connected" go={{ room: 'rig', label: 'Go to Rig' }}>
        Recording needs a rig that sends. Connect one, the built-in cart-pole for instance, and come back.
      </Empty>
    );
  }
  return (
    <div className="columns">
      <div className="side">
        <RecordControl rig={rig} />
        <ExcitationForm rig={rig} />
        <LastRecorded rig={rig.name} />
      </div>
      <div className="stage">
        <div className="record-stage">
          <Panel title={rig.title} fill flush className="record-scene">
            <LiveScene rig={rig} />
          </Panel>
          <Panel title="Events" fill className="record-events">
            {noEvents ? (
              <Text size="sm" c="dimmed">
                Nothing to report. Guard interventions, overruns and stops appear here with their step, and go
                into the log with the episode.
              </Text>
            ) : (
              <EventList events={events} />
            )}
          </Panel>
          <Panel title="Live channels" fill flush className="record-plots">
            {hasSamples ? (
              <StripCharts channels={stripChannels(rig.observations, rig.actions)} seconds={10} />
            ) : (
              <Empty title="Waiting for the first packet" />
            )}
          </Panel>
        </div>
      </div>
    </div>
  );
}

function RecordControl({ rig }: { rig: RigFile }) {
  const activity = useLive((s) => s.activity);
  const phase = useLive((s) => s.status?.link.phase);
  const recording = activity?.kind === 'recording';
  const running = activity?.kind === 'running';
  const able = phase === 'ready' || phase === 'running';
  return (
    <Panel
      title="Random excitation"
      aside={
        recording && (
          <Badge color="red" variant="filled" size="sm">
            Recording
          </Badge>
        )
      }
    >
      {recording && activity ? (
        <>
          <div className="row">
            <Text size="sm" fw={600} className="tabular" data-testid="record-episode">
              Episode {Math.min(activity.done + 1, activity.wanted)} of {activity.wanted}
            </Text>
            <Text size="sm" className="tabular" data-testid="record-step">
              Step {activity.step} / {activity.maxSteps}
            </Text>
          </div>
          <Progress
            value={(100 * activity.step) / Math.max(1, activity.maxSteps)}
            size="sm"
            my={6}
            color="red"
          />
          <div className="row">
            <Text size="xs" c="dimmed" className="tabular">
              Return so far {formatNumber(activity.return, 4)}
            </Text>
            <Text size="xs" c="dimmed" className="tabular">
              {formatDuration(activity.step * rig.periodSeconds)}
            </Text>
          </div>
          <Text size="xs" c="dimmed" mt={6}>
            {activity.episode === null
              ? 'Opening an episode in the log …'
              : `What you see is on disk as episode ${activity.episode}, at most 100 ms behind.`}
          </Text>
          <div className="row row-buttons">
            <KeyButton command="keep" testId="record-finish">
              End and keep
            </KeyButton>
            <KeyButton command="discard" testId="record-discard">
              Discard
            </KeyButton>
          </div>
        </>
      ) : (
        <>
          <Button
            fullWidth
            size="md"
            color="red"
            variant="light"
            leftSection={<IconPlayerRecordFilled size={18} />}
            rightSection={<Kbd size="xs">R</Kbd>}
            disabled={!able || running}
            onClick={() => void startRecording()}
            data-testid="record-start"
          >
            Record
          </Button>
          {!able && (
            <Text size="xs" c="dimmed" mt={6}>
              The rig is not ready to move. Use Resume in the bar above.
            </Text>
          )}
          {running && (
            <Text size="xs" c="dimmed" mt={6}>
              A run is going on and is recorded already.
            </Text>
          )}
        </>
      )}
    </Panel>
  );
}

function ExcitationForm({ rig }: { rig: RigFile }) {
  const form = useExcitation();
  const set = useExcitation.setState;
  const whole = (value: string | number, otherwise: number) =>
    typeof value === 'number' ? value : otherwise;
  return (
    <Panel title="Options">
      <div className="form-grid">
        <NumberInput
          label="Episodes"
          min={1}
          max={1000}
          allowDecimal={false}
          value={form.episodes}
          onChange={(v) => set({ episodes: whole(v, 1) })}
          data-testid="record-episodes"
        />
        <NumberInput
          label="Steps at most"
          placeholder={String(rig.task.maxSteps)}
          min={1}
          allowDecimal={false}
          value={form.maxSteps ?? ''}
          onChange={(v) => set({ maxSteps: typeof v === 'number' ? v : null })}
          data-testid="record-steps"
        />
        <NumberInput
          label="New action every"
          suffix={form.holdSteps === 1 ? ' step' : ' steps'}
          min={1}
          max={100}
          allowDecimal={false}
          value={form.holdSteps}
          onChange={(v) => set({ holdSteps: whole(v, 1) })}
        />
        <NumberInput
          label="Seed"
          allowDecimal={false}
          value={form.seed}
          onChange={(v) => set({ seed: whole(v, 0) })}
        />
      </div>
      <Text size="xs" fw={500} mt={8} mb={2}>
        Strength: {Math.round(form.amplitude * 100)} % of the action range
      </Text>
      <Slider
        size="sm"
        min={0.05}
        max={1}
        step={0.05}
        label={null}
        value={form.amplitude}
        onChange={(amplitude) => set({ amplitude })}
        aria-label="Strength"
      />
      <div className="stack-xs" style={{ marginTop: 10 }}>
        <Switch
          label="End where the task's termination says so"
          checked={form.useTermination}
          onChange={(e) => set({ useTermination: e.currentTarget.checked })}
        />
        <Switch
          label="Count the seed up after each start"
          checked={form.countSeed}
          onChange={(e) => set({ countSeed: e.currentTarget.checked })}
        />
      </div>
    </Panel>
  );
}

function LastRecorded({ rig }: { rig: string }) {
  const episodes = useEpisodes();
  const last = (episodes.data ?? []).filter((e) => e.rig === rig && e.state !== 'recording').slice(-50);
  const newest = [...last].sort((a, b) => b.id - a.id).slice(0, 5);
  return (
    <Panel title="Last recorded">
      {!episodes.data ? null : newest.length === 0 ? (
        <Text size="sm" c="dimmed">
          Nothing yet. Press R to record the first episode.
        </Text>
      ) : (
        <div className="list" data-testid="last-recorded">
          {newest.map((episode) => (
            <button
              key={episode.id}
              type="button"
              className="list-entry"
              onClick={() => useUi.setState({ room: 'episodes', episode: episode.id })}
            >
              <span className="list-title tabular">
                Episode {episode.id} · {formatCount(episode.steps, 'step')}
              </span>
              <span className="list-note tabular">
                {formatTime(episode.startedAt)} · return {formatNumber(episode.return, 4)}
              </span>
              <EpisodeBadges episode={episode} />
            </button>
          ))}
        </div>
      )}
    </Panel>
  );
}
