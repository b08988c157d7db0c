import { Button, Slider, Text } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import type { EpisodeEvent } from '../../shared/episode';
import type { RigFile } from '../../shared/rig';
import { api } from '../api';
import { useLive } from '../live/live';
import { attempt } from '../store/notify';
import { ChannelTitle } from '../ui/ChannelName';
import { formatNumber, withUnit } from '../ui/format';
import { Panel } from '../ui/Panel';
import { jogAction } from './jog';

/** A jog command outlives its repetition by this much, so a stalled window lets the rig stop by itself. */
const LEASE_SECONDS = 0.3;
const REPEAT_MS = 100;

export function JogPanel({ rig }: { rig: RigFile }) {
  const [percent, setPercent] = useState(30);
  const phase = useLive((s) => s.status?.link.phase);
  const busy = useLive((s) => (s.activity?.kind ?? 'idle') !== 'idle');
  const newest = useLive((s) => s.events[0]);
  const seen = useRef(newest?.id ?? 0);
  // What was done about commands of a jog has no episode whose log it could go to.
  const changed = !busy && newest && newest.id > seen.current && CHANGES.has(newest.kind) ? newest : null;
  const allowed = !busy && (phase === 'ready' || phase === 'running');
  return (
    <Panel
      title="Jog"
      className="rig-jog"
      aside={
        <div className="jog-share">
          <Text size="xs" c="dimmed">
            {allowed
              ? 'Moves while a button is held down'
              : busy
                ? 'Not while recording or running'
                : 'Resume the rig first'}
            {` · ${percent} %`}
          </Text>
          <Slider
            size="xs"
            w={110}
            min={5}
            max={100}
            step={5}
            value={percent}
            onChange={setPercent}
            label={null}
            thumbLabel="Share of the action range"
          />
        </div>
      }
    >
      <div className="jog">
        {rig.actions.map((action, i) => (
          <div key={action.name} className="jog-channel">
            <Text size="xs" className="jog-name">
              <ChannelTitle channel={action} />
            </Text>
            <JogButton
              label="−"
              action={jogAction(rig.actions, i, -percent / 100)}
              rest={rest(rig)}
              disabled={!allowed}
              name={`${action.name}-minus`}
            />
            <JogButton
              label="+"
              action={jogAction(rig.actions, i, percent / 100)}
              rest={rest(rig)}
              disabled={!allowed}
              name={`${action.name}-plus`}
            />
            <Text size="xs" c="dimmed" className="tabular">
              ±{' '}
              {withUnit(
                formatNumber((percent / 100) * Math.abs(action.limits[1] - action.hold), 3),
                action.unit,
              )}
            </Text>
          </div>
        ))}
      </div>
      {changed && (
        <Text size="xs" c="orange" mt={6} role="status" data-testid="jog-changed">
          {changed.message}
        </Text>
      )}
    </Panel>
  );
}

/** Of a command that was changed, or a rig that was held. */
const CHANGES: ReadonlySet<EpisodeEvent['kind']> = new Set([
  ...(['guard-clip', 'guard-rate', 'joint-limit', 'workspace', 'outside-limits', 'watchdog'] as const),
]);

const rest = (rig: RigFile) => rig.actions.map((action) => action.hold);

/** Press and hold: repeats a short-lived command while down, and ends it on release, blur or when it goes away. */
function JogButton({
  label,
  action,
  rest,
  disabled,
  name,
}: {
  label: string;
  action: number[];
  rest: number[];
  disabled: boolean;
  name: string;
}) {
  const timer = useRef<number | undefined>(undefined);
  const latest = useRef({ action, rest });
  latest.current = { action, rest };

  const end = () => {
    if (timer.current === undefined) return;
    window.clearInterval(timer.current);
    timer.current = undefined;
    void attempt(() => api().rig.jog({ action: latest.current.rest, seconds: 0 }));
  };
  const begin = () => {
    if (timer.current !== undefined) return;
    const send = async () => {
      const done = await attempt(() =>
        api().rig.jog({ action: latest.current.action, seconds: LEASE_SECONDS }),
      );
      if (done === undefined) end();
    };
    timer.current = window.setInterval(send, REPEAT_MS);
    void send();
  };
  const stop = useRef(end);
  stop.current = end;
  useEffect(() => {
    const away = () => stop.current();
    window.addEventListener('blur', away);
    return () => {
      window.removeEventListener('blur', away);
      away();
    };
  }, []);
  useEffect(() => {
    if (disabled) stop.current();
  }, [disabled]);

  return (
    <Button
      variant="default"
      size="compact-sm"
      w={44}
      disabled={disabled}
      aria-label={`Jog ${name}`}
      data-testid={`jog-${name}`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        begin();
      }}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && !event.repeat) begin();
      }}
      onKeyUp={(event) => {
        if (event.key === 'Enter') end();
      }}
      onBlur={end}
    >
      {label}
    </Button>
  );
}
