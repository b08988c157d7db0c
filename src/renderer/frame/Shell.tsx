import {
  ActionIcon,
  Alert,
  Badge,
  Button,
  Text,
  Tooltip,
  UnstyledButton,
  useMantineColorScheme,
} from '@mantine/core';
import {
  IconBrain,
  IconDeviceDesktop,
  IconHelp,
  IconMoon,
  IconPlayerRecord,
  IconRobot,
  IconRoute,
  IconStack2,
  IconSun,
} from '@tabler/icons-react';
import { Component, type ComponentType, type ReactNode } from 'react';
import { retryLink, useLink } from '../api';
import { EpisodesRoom } from '../episodes/EpisodesRoom';
import { ImportHost } from '../episodes/import/ImportHost';
import { useLive } from '../live/live';
import { ModelsRoom } from '../models/ModelsRoom';
import { RecordRoom } from '../record/RecordRoom';
import { RigRoom } from '../rig/RigRoom';
import { RunRoom } from '../run/RunRoom';
import { useAppInfo } from '../store/queries';
import { type Room, useUi } from '../store/ui-state';
import { ClosingQuestion } from './ClosingQuestion';
import { ShortcutsHelp } from './ShortcutsHelp';
import { useDeadMan } from './use-dead-man';
import { useShortcuts } from './use-shortcuts';
import { useUsbCameras } from './use-usb-cameras';

const ROOMS: { id: Room; label: string; Icon: typeof IconRobot; Content: ComponentType }[] = [
  { id: 'rig', label: 'Rig', Icon: IconRobot, Content: RigRoom },
  { id: 'record', label: 'Record', Icon: IconPlayerRecord, Content: RecordRoom },
  { id: 'episodes', label: 'Episodes', Icon: IconStack2, Content: EpisodesRoom },
  { id: 'models', label: 'Models', Icon: IconBrain, Content: ModelsRoom },
  { id: 'run', label: 'Run', Icon: IconRoute, Content: RunRoom },
];

export function Shell() {
  useShortcuts();
  useDeadMan();
  useUsbCameras();
  const room = useUi((s) => s.room);
  const Content = ROOMS.find((r) => r.id === room)?.Content ?? RigRoom;
  return (
    <div className="shell">
      <nav className="rail" aria-label="Rooms">
        {ROOMS.map(({ id, label, Icon }) => (
          <UnstyledButton
            key={id}
            className="rail-entry"
            data-active={room === id}
            aria-current={room === id ? 'page' : undefined}
            onClick={() => useUi.setState({ room: id })}
            data-testid={`nav-${id}`}
          >
            <Icon size={22} stroke={1.6} />
            <span>{label}</span>
            <RoomMark room={id} />
          </UnstyledButton>
        ))}
        <div className="rail-foot">
          <Tooltip label="Keyboard shortcuts (?)" position="right">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Keyboard shortcuts"
              onClick={() => useUi.setState({ help: true })}
              data-testid="help"
            >
              <IconHelp size={18} />
            </ActionIcon>
          </Tooltip>
          <SchemeToggle />
        </div>
      </nav>
      <main className="room" aria-label={room} data-testid={`room-${room}`}>
        <ConnectionBanner />
        <RoomBoundary key={room}>
          <Content />
        </RoomBoundary>
      </main>
      <Footer />
      <ShortcutsHelp />
      <ImportHost />
      <ClosingQuestion />
    </div>
  );
}

/** A dot on a room where something is going on. */
function RoomMark({ room }: { room: Room }) {
  const kind = useLive((s) => s.activity?.kind);
  const training = useLive((s) => s.jobs.some((job) => job.state === 'running'));
  const connected = useLive((s) => s.status?.connected ?? false);
  const colour =
    room === 'record' && kind === 'recording'
      ? 'var(--mantine-color-red-6)'
      : room === 'run' && kind === 'running'
        ? 'var(--mantine-color-blue-6)'
        : room === 'models' && training
          ? 'var(--mantine-color-indigo-5)'
          : room === 'rig' && connected
            ? 'var(--mantine-color-teal-6)'
            : null;
  return colour ? <span className="rail-mark" style={{ background: colour }} /> : null;
}

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const next = colorScheme === 'auto' ? 'light' : colorScheme === 'light' ? 'dark' : 'auto';
  const Icon = colorScheme === 'auto' ? IconDeviceDesktop : colorScheme === 'light' ? IconSun : IconMoon;
  const words = { auto: 'as the system', light: 'light', dark: 'dark' };
  return (
    <Tooltip label={`Colours: ${words[colorScheme]}. Click for ${words[next]}.`} position="right">
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Colours: ${words[colorScheme]}`}
        onClick={() => setColorScheme(next)}
        data-testid="scheme"
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
  );
}

function ConnectionBanner() {
  const { state, attempt, reason } = useLink();
  if (state === 'open') return null;
  if (state === 'connecting') {
    return (
      <Text size="sm" c="dimmed" p="md" data-testid="link-state">
        Connecting to the core …
      </Text>
    );
  }
  return (
    <Alert color="red" variant="light" m="xs" p="xs" title={reason} data-testid="link-state">
      <div className="row">
        <Text size="xs">
          {attempt > 1 ? `Trying again (attempt ${attempt}) …` : 'Waiting for it to come back …'} What you see
          may be old.
        </Text>
        <Button size="compact-xs" variant="default" onClick={retryLink}>
          Try now
        </Button>
      </div>
    </Alert>
  );
}

function Footer() {
  const { data } = useAppInfo();
  const job = useLive((s) => s.jobs.find((j) => j.state === 'running'));
  return (
    <footer className="footer">
      {data && (
        <>
          <span title={data.workspace}>Workspace {data.workspace}</span>
          <span>Engine {data.engine}</span>
          {job && (
            <Badge size="xs" variant="light">
              {job.title}
            </Badge>
          )}
          <span className="footer-right">Foresight {data.version}</span>
        </>
      )}
    </footer>
  );
}

/** A room that fails to draw says so and leaves the rest of the window alone. */
class RoomBoundary extends Component<{ children: ReactNode }, { failure: string | null }> {
  override state = { failure: null as string | null };
  static getDerivedStateFromError(thrown: unknown) {
    return { failure: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  override render() {
    if (this.state.failure === null) return this.props.children;
    return (
      <Alert color="red" m="md" title="This room could not be drawn">
        <Text size="sm">{this.state.failure}</Text>
        <Text size="sm">
          What was recorded is in the log. What the rig reports stands in the bar above, beside STOP.
        </Text>
        <Button mt="sm" onClick={() => this.setState({ failure: null })}>
          Draw it again
        </Button>
      </Alert>
    );
  }
}
