import { Splitter, Text } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useState } from 'react';
import { useUi } from '../store/ui-state';
import { groupDigits } from '../ui/format';
import { Empty, Problem } from '../ui/Messages';
import { DatasetsButton } from './datasets/DatasetsButton';
import { EpisodeActions } from './EpisodeActions';
import { EpisodeComparison } from './EpisodeComparison';
import { EpisodeDetail } from './EpisodeDetail';
import { EpisodeFilters } from './EpisodeFilters';
import { EpisodeTable } from './EpisodeTable';
import { ImportButton } from './import/ImportButton';
import { WorkspaceLine } from './keeping/WorkspaceLine';
import { useEpisodeList } from './list';
import { listedWords } from './list-view';
import { TagDialog } from './TagDialog';

export function EpisodesRoom() {
  const list = useEpisodeList();
  const { overview, detail, total, steps, filter, count } = list;
  const [tagging, setTagging] = useState(false);
  const [sizes, setSizes] = useLocalStorage<(number | string)[]>({
    key: 'foresight.episodes.sizes',
    defaultValue: [48, 52],
  });
  const show = (episode: number) => {
    list.endComparison();
    useUi.setState({ episode });
  };
  if (list.error) return <Problem error={list.error} retry={() => void list.refetch()} />;
  if (overview && overview.episodes + overview.deleted === 0) {
    return (
      <Empty title="No episodes yet" go={{ room: 'record', label: 'Go to Record' }}>
        Everything that is recorded, and every run, becomes an episode here: to look at, tag, clean and learn
        from. A log or a data set from elsewhere can be dropped into the window. <ImportButton />
      </Empty>
    );
  }
  return (
    <Splitter
      className="splitter"
      sizes={sizes as number[]}
      onSizeChange={setSizes}
      lineSize={1}
      withHandle={false}
    >
      <Splitter.Pane defaultSize={48} min="430px">
        <div className="pane">
          <EpisodeFilters list={list} />
          <div className="toolbar">
            <EpisodeActions list={list} onTag={() => setTagging(true)} />
          </div>
          <EpisodeTable list={list} onShow={show} />
          <div className="list-foot">
            <Text size="xs" c="dimmed" className="tabular" data-testid="list-words" aria-live="polite">
              {listedWords({ total, steps }, overview?.episodes ?? null, filter)}
              {count > 0 && <b>{` · ${groupDigits(count)} picked`}</b>}
            </Text>
            <WorkspaceLine />
            <DatasetsButton numbers={list.chosenNumbers} />
            <ImportButton />
          </div>
        </div>
      </Splitter.Pane>
      <Splitter.Pane defaultSize={52} min="380px">
        {list.compared ? (
          <EpisodeComparison key={list.compared.join()} ids={list.compared} onClose={list.endComparison} />
        ) : detail ? (
          <EpisodeDetail key={detail.id} summary={detail} />
        ) : (
          <Empty title="Choose an episode on the left">
            Its 3D view, plots and events open here and move together.
          </Empty>
        )}
      </Splitter.Pane>
      <TagDialog opened={tagging} list={list} onClose={() => setTagging(false)} />
    </Splitter>
  );
}
