import { Button, Kbd, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlugConnectedX } from '@tabler/icons-react';
import { hold, release, resume, type SafetyCommand } from '../store/safety';

type ButtonCommand = Exclude<SafetyCommand, 'stop'>;

const WORDS: Record<
  ButtonCommand,
  { word: string; means: string; Icon: typeof IconPlayerPlay; send: () => Promise<void> }
> = {
  resume: { word: 'Resume', means: 'Let the rig take commands again', Icon: IconPlayerPlay, send: resume },
  release: {
    word: 'Release',
    means: 'Torque off: a raised arm drops',
    Icon: IconPlugConnectedX,
    send: release,
  },
  hold: { word: 'Hold', means: 'Stop moving, keep torque', Icon: IconPlayerPause, send: hold },
};

/** What can be asked of the rig besides STOP; hold is the one that is reached for, so it has a colour and a key. */
export function SafetyButton({ command, enabled }: { command: ButtonCommand; enabled: boolean }) {
  const { word, means, Icon, send } = WORDS[command];
  return (
    <Tooltip label={means} position="bottom">
      <Button
        {...(command === 'hold'
          ? { className: 'hold-button', color: 'yellow', rightSection: <Kbd size="xs">Space</Kbd> }
          : { variant: 'default' })}
        size="sm"
        leftSection={<Icon size={16} />}
        disabled={!enabled}
        onClick={() => void send()}
        data-testid={command}
      >
        {word}
      </Button>
    </Tooltip>
  );
}
