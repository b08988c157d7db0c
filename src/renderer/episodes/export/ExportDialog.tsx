import { Button, Group, Modal, NativeSelect, Progress, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ExportPlan, ExportReport, FormatName } from '../../../shared/export';
import { useAppInfo } from '../../store/queries';
import { formatCount } from '../../ui/format';
import { Problem } from '../../ui/Messages';
import { takeFocus } from '../../ui/take-focus';
import { FORMATS } from './formats';
import { useExport } from './use-export';

/** Episodes become files of other people's software: what would be lost, then how far it is, then where it lies. Closing it stops. */
export function ExportDialog({
  ids,
  dataset,
  onClose,
}: {
  ids: number[];
  /** Whose episodes these are; its card is written beside them. */
  dataset?: { id: number; name: string };
  onClose: () => void;
}) {
  const [format, setFormat] = useState<FormatName>('parquet');
  const { state, start } = useExport(ids, format, dataset?.id);
  const workspace = useAppInfo().data?.workspace;
  const writing = state.kind === 'writing';
  const plan = state.kind === 'planned' || writing ? state.plan : null;
  const episodes = ids.length === 1 ? `episode ${ids[0]}` : formatCount(ids.length, 'episode');
  const what = dataset ? `data set ${dataset.name}` : episodes;
  return (
    <Modal opened onClose={onClose} title={`Export ${what}`} size="lg" closeOnClickOutside={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (state.kind === 'planned') void start(state.plan);
        }}
        data-testid="export-dialog"
      >
        <Stack gap="sm">
          {state.kind === 'done' ? (
            <Written report={state.report} />
          ) : (
            <>
              <NativeSelect
                label="Format"
                data={[...FORMATS]}
                value={format}
                disabled={writing}
                onChange={(event) => setFormat(event.currentTarget.value as FormatName)}
                data-autofocus
                data-testid="export-format"
              />
              {state.kind === 'failed' && <Problem error={state.error} />}
              {state.kind === 'looking' && <Text size="sm">Looking at what would be written …</Text>}
              {plan && <Planned plan={plan} />}
              <Text size="xs" c="dimmed" className="path">
                It goes to the folder "exports" of the workspace{workspace && ` ${workspace}`}
                {dataset && ', with the card of the data set beside it'}.
              </Text>
              {writing && (
                <Progress
                  value={100 * state.share}
                  aria-label="How far the export is"
                  data-testid="export-progress"
                />
              )}
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-testid="export-cancel">
              {state.kind === 'done' ? 'Close' : 'Cancel'}
            </Button>
            {state.kind !== 'done' && (
              <Button type="submit" disabled={state.kind !== 'planned'} data-testid="export-start">
                Export
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** The dry run: what goes along and what the format cannot hold. */
export function Planned({ plan: { episodes, rows, cameras, losses } }: { plan: ExportPlan }) {
  return (
    <div data-testid="export-plan">
      <Text size="sm">
        {formatCount(episodes, 'episode')}, {formatCount(rows, 'row')}
        {cameras.length > 0 && `, with pictures of ${cameras.join(', ')}`}.
      </Text>
      {losses.map((loss) => (
        <Text key={loss} size="xs" c="dimmed">
          {loss}
        </Text>
      ))}
    </div>
  );
}

function Written({ report: { episodes, rows, path, card } }: { report: ExportReport }) {
  const show = window.foresight?.showExport;
  return (
    <div data-testid="export-report">
      <Text size="sm" fw={600}>
        {formatCount(episodes, 'episode')} with {formatCount(rows, 'row')} written to
      </Text>
      <Text size="xs" className="path" data-testid="export-path">
        {path}
      </Text>
      {card?.map((file) => (
        <Text key={file} size="xs" className="path" data-testid="export-card">
          {file}
        </Text>
      ))}
      {show && (
        <Button mt="sm" onClick={() => show(path)} ref={takeFocus} data-testid="export-show">
          Show in folder
        </Button>
      )}
    </div>
  );
}
