import { Text } from '@mantine/core';
import { StripCharts, stripChannels } from '../charts/StripCharts';
import { useLive } from '../live/live';
import { Handle } from '../scene/Handle';
import { LiveScene } from '../scene/LiveScene';
import { useCurrentRig, useRig } from '../store/queries';
import { setGoals, useDriving } from '../ui/drive/driving';
import { EventList } from '../ui/EventList';
import { LostRig } from '../ui/LostRig';
import { Empty } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { CoveragePanel } from './CoveragePanel';
import { ExcitationForm } from './ExcitationForm';
import { LastRecorded } from './LastRecorded';
import { LiveCameras } from './LiveCameras';
import { RecordControl } from './RecordControl';
import { ReplayPanel } from './ReplayPanel';

export function RecordRoom() {
  const { name, connected, lost } = useCurrentRig();
  const here = connected || lost;
  const rig = useRig(here ? name : null).data?.file;
  const hasSamples = useLive((s) => s.hasSamples);
  const known = useLive((s) => s.status !== null);
  const noEvents = useLive((s) => s.events.length === 0);
  const gizmo = useDriving((s) => s.device === 'gizmo');
  const events = useLive((s) => s.events);
  if (!known || (here && !rig)) return null;
  if (!rig) {
    return (
      <Empty title="No rig is connected" go={{ room: 'rig', label: 'Go to Rig' }}>
        Recording needs a rig that sends. Connect one, the built-in cart-pole for instance, and come back.
      </Empty>
    );
  }
  return (
    <div className="columns">
      <div className="side">
        <LostRig />
        <RecordControl rig={rig} />
        <ExcitationForm rig={rig} />
        <LastRecorded rig={rig} />
        <CoveragePanel key={rig.name} rig={rig} />
        <ReplayPanel key={`replay ${rig.name}`} rig={rig} />
      </div>
      <div className="stage">
        <div className="record-stage">
          <Panel title={rig.title} fill flush className="record-scene">
            <LiveScene rig={rig}>
              {(model) => gizmo && <Handle model={model} rig={rig} onGoals={setGoals} />}
            </LiveScene>
            <LiveCameras rig={rig} />
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
