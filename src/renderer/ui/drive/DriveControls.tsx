import { Kbd, Slider, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { drivenJoints } from '../../../shared/joint-goals';
import type { RigFile } from '../../../shared/rig';
import { ChannelTitle } from '../ChannelName';
import { formatNumber, withUnit } from '../format';
import { KEY_PAIRS, keyLabel, stickWords } from './command';
import { type DriveDevice, setSlider, useDriving } from './driving';

/** What moves which channel, and what is asked for now. */
export function DriveControls({ rig, device }: { rig: RigFile; device: DriveDevice }) {
  const share = useDriving((s) => s.share);
  return (
    <div className="stack-sm" data-testid="drive-controls">
      {device === 'gamepad' && <PadState />}
      {device === 'gizmo' && (
        <Text size="xs" c="dimmed">
          {drivenJoints(rig).length > 0
            ? 'Drag the handle at the hand in the 3D view.'
            : 'None of this rig’s actions says where a joint is to be or how fast it goes there: drive it with keys, sticks or sliders.'}
        </Text>
      )}
      {device !== 'leader' &&
        device !== 'gizmo' &&
        rig.actions.map((_, i) => <Channel key={rig.actions[i]?.name} rig={rig} index={i} device={device} />)}
      {(device === 'keyboard' || device === 'gamepad' || device === 'gizmo') && (
        <div>
          <Text size="xs" c="dimmed">
            {Math.round(share * 100)} % of the range, or of the speed
          </Text>
          <Slider
            size="sm"
            min={0.05}
            max={1}
            step={0.05}
            label={null}
            value={share}
            onChange={(value) => useDriving.setState({ share: value })}
            thumbLabel="Share of the range"
          />
        </div>
      )}
    </div>
  );
}

function Channel({ rig, index, device }: { rig: RigFile; index: number; device: DriveDevice }) {
  const drives = useDriving((s) => s.device === device);
  const value = useDriving((s) => s.action[index]);
  const channel = rig.actions[index];
  if (!channel) return null;
  const [low, high] = channel.limits;
  const [less, more] = KEY_PAIRS[index] ?? [];
  return (
    <div className="drive-channel">
      <Text size="xs" className="jog-name">
        <ChannelTitle channel={channel} />
      </Text>
      {device === 'keyboard' &&
        (less && more ? (
          <span>
            <Kbd size="xs">{keyLabel(less)}</Kbd> <Kbd size="xs">{keyLabel(more)}</Kbd>
          </span>
        ) : (
          <Text size="xs" c="dimmed">
            no key
          </Text>
        ))}
      {device === 'gamepad' && (
        <Text size="xs" c="dimmed">
          {stickWords(index)}
        </Text>
      )}
      {device === 'sliders' && (
        <Slider
          className="drive-slider"
          size="sm"
          min={low}
          max={high}
          step={(high - low) / 200}
          label={null}
          disabled={!drives}
          value={drives ? (value ?? channel.hold) : channel.hold}
          onChange={(to) => setSlider(index, to)}
          thumbLabel={channel.name}
          data-testid={`drive-slider-${channel.name}`}
        />
      )}
      <Text size="xs" className="tabular" data-testid={`drive-value-${channel.name}`}>
        {drives && value !== undefined ? withUnit(formatNumber(value, 3), channel.unit) : '–'}
      </Text>
    </div>
  );
}

/** Browsers name a gamepad only after one of its buttons was pressed. */
function PadState() {
  const [name, setName] = useState<string | null>(null);
  useEffect(() => {
    const look = () => setName(navigator.getGamepads().find((pad) => pad?.connected)?.id ?? null);
    look();
    const timer = window.setInterval(look, 500);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <Text size="xs" c={name === null ? 'var(--bad-text)' : 'dimmed'} data-testid="drive-pad">
      {name ?? 'No gamepad has been seen yet: plug one in and press one of its buttons.'}
    </Text>
  );
}
