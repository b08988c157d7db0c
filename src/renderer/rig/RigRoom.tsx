import { Text } from '@mantine/core';
import { isServoDriver } from '../../shared/servos';
import { StripCharts, stripChannels } from '../charts/StripCharts';
import { useLive } from '../live/live';
import { Handle } from '../scene/Handle';
import { LiveScene } from '../scene/LiveScene';
import { useCurrentRig, useRig } from '../store/queries';
import { setGoals, useDriving } from '../ui/drive/driving';
import { LostRig } from '../ui/LostRig';
import { Empty, Problem } from '../ui/Messages';
import { Panel } from '../ui/Panel';
import { CamerasPanel } from './CamerasPanel';
import { ChannelTable } from './ChannelTable';
import { ConnectPanel } from './ConnectPanel';
import { CalibrationGuide } from './calibration/CalibrationGuide';
import { CalibrationPanel } from './calibration/CalibrationPanel';
import { DrivePanel } from './DrivePanel';
import { JogPanel } from './JogPanel';
import { LinkPanel } from './LinkPanel';
import { MotorsPanel } from './MotorsPanel';
import { RigList } from './RigList';

export function RigRoom() {
  const { name, connected, lost } = useCurrentRig();
  const rig = useRig(name);
  const hasSamples = useLive((s) => s.hasSamples);
  const gizmo = useDriving((s) => s.device === 'gizmo');
  const calibrating = useLive((s) => s.calibrating);
  const isCalibrating = connected && calibrating !== null && calibrating.stage !== 'ended';
  const file = rig.data?.file;
  return (
    <div className="columns rig-room">
      <div className="side">
        <LostRig />
        {!connected && <RigList />}
        {file && <ConnectPanel key={file.name} rig={file} />}
        {connected && file && <DrivePanel rig={file} />}
        {connected && file && <CamerasPanel rig={file} />}
        {connected && file?.servos && <CalibrationPanel rig={file.name} />}
        {!connected && file?.servos && isServoDriver(file.driver) && (
          <MotorsPanel
            key={`motors-${file.name}`}
            rig={file.name}
            driver={file.driver}
            baudRate={file.servos.baudRate}
          />
        )}
        {connected && file && <LinkPanel periodSeconds={file.periodSeconds} />}
      </div>
      <div className="stage">
        {rig.error ? (
          <Problem error={rig.error} retry={() => void rig.refetch()} />
        ) : !file ? (
          <Empty title="Choose a rig on the left">
            A rig is what stands on the bench: its driver, its channels and their limits. The built-in ones
            run without any hardware.
          </Empty>
        ) : (
          <div className="rig-stage" data-connected={connected}>
            <Panel title={file.title} fill flush className="rig-scene">
              <LiveScene rig={file}>
                {(model) => gizmo && <Handle model={model} rig={file} onGoals={setGoals} />}
              </LiveScene>
            </Panel>
            {isCalibrating ? (
              <CalibrationGuide progress={calibrating} />
            ) : (
              <Panel
                title={connected || lost ? 'Live channels' : 'Channels'}
                aside={<Text size="xs" c="dimmed">{`${1 / file.periodSeconds} Hz`}</Text>}
                fill
                flush={(connected || lost) && hasSamples}
                className="rig-channels"
              >
                {(connected || lost) && hasSamples ? (
                  <StripCharts channels={stripChannels(file.observations, file.actions)} seconds={10} />
                ) : connected ? (
                  <Empty title="Waiting for the first packet">
                    Channels appear as soon as the rig sends.
                  </Empty>
                ) : (
                  <ChannelTable rig={file} />
                )}
              </Panel>
            )}
            {connected && <JogPanel rig={file} />}
          </div>
        )}
      </div>
    </div>
  );
}
